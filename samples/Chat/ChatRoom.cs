namespace Stork.Samples.Chat;

/// <summary>One room: who is in it and what was said lately. Guarded by <see cref="ChatRooms"/>.</summary>
internal sealed class ChatRoom(string name)
{
    private readonly Dictionary<string, (Person Person, int Connections)> _people = new(StringComparer.Ordinal);
    private readonly List<ChatMessage> _messages = [];
    private long _lastNumber;

    public DateTimeOffset LastUsed { get; private set; }

    public bool IsEmpty => _people.Count == 0;

    public bool IsFull => _people.Count >= ChatRules.MaxPeoplePerRoom;

    public RoomSummary Summary => new(name, _people.Count);

    public Attendance Attendance => new(name, [.. _people.Values.Select(static here => here.Person)]);

    public bool Contains(Person person) => _people.ContainsKey(person.Id);

    /// <returns>True if that is news: somebody may be here with several tabs, or come back with another name.</returns>
    public bool Enter(Person person, DateTimeOffset now)
    {
        LastUsed = now;
        var before = _people.GetValueOrDefault(person.Id);
        _people[person.Id] = (person, before.Connections + 1);
        return before.Person != person;
    }

    /// <returns>True if this was the person's last connection here.</returns>
    public bool Leave(Person person, DateTimeOffset now)
    {
        LastUsed = now;
        if (!_people.TryGetValue(person.Id, out var here)) return false;
        if (here.Connections > 1)
        {
            _people[person.Id] = here with { Connections = here.Connections - 1 };
            return false;
        }

        _people.Remove(person.Id);
        return true;
    }

    /// <summary>Adds a message, unless the same person has said it already: a client that missed the answer sends it again.</summary>
    public ChatMessage Add(Person from, Draft draft, string? imageType, DateTimeOffset now, out bool isNew)
    {
        LastUsed = now;
        var known = _messages.Find(message => message.Id == draft.Id && message.From.Id == from.Id);
        isNew = known is null;
        if (known is not null) return known;
        var added = new ChatMessage(name, ++_lastNumber, draft.Id, from, now, draft.Text, draft.Image, imageType, DeliveredTo: 0);
        _messages.Add(added);
        Forget();
        return added;
    }

    public void SetDelivered(ChatMessage delivered, int count)
    {
        var index = _messages.FindIndex(message => message.Number == delivered.Number);
        if (index >= 0) _messages[index] = _messages[index] with { DeliveredTo = count };
    }

    /// <param name="after">Number of the last message that is known already.</param>
    public ChatMessage[] Recall(long after) => [.. _messages.Where(message => message.Number > after)];

    private void Forget()
    {
        if (_messages.Count > ChatRules.MaxMessagesPerRoom) _messages.RemoveAt(0);
        if (_messages.Count(static message => message.Image is not null) <= ChatRules.MaxImagesPerRoom) return;
        var oldest = _messages.FindIndex(static message => message.Image is not null);
        _messages[oldest] = _messages[oldest] with { Image = null };
    }
}
