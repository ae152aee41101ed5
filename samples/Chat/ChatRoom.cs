namespace Stork.Samples.Chat;

/// <summary>One room: who belongs to it, who of them is here, and what was said lately. Guarded by <see cref="ChatRooms"/>.</summary>
internal sealed class ChatRoom(string name)
{
    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly List<ChatMessage> _messages = [];
    private long _lastNumber;

    public string Name => name;

    /// <summary>Whose message is being stored and delivered.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    public DateTimeOffset LastUsed { get; private set; }

    public RoomSummary Summary => new(name, _members.Values.Count(static member => member.IsHere));

    public bool IsEmpty => !_members.Values.Any(static member => member.IsHere);

    public bool IsFull => _members.Count >= ChatRules.MaxPeoplePerRoom;

    /// <summary>Here or not: everybody whose inbox gets what is said.</summary>
    public Person[] Members => [.. _members.Values.Select(static member => member.Person)];

    public ChatMessage? Last => _messages.LastOrDefault();

    /// <summary>Who belongs here, and what they have, for one of them.</summary>
    public Attendance AttendanceFor(Person person) => new(
        name,
        [.. _members.Values.Where(static member => member.IsHere).Select(static member => member.Person)],
        [.. _members.Values.Where(static member => !member.IsHere).Select(static member => member.Person)],
        [.. _members.Values.Where(member => member.Person.Id != person.Id).Select(static member => member.Got)]);

    public bool Contains(Person person) => _members.ContainsKey(person.Id);

    /// <summary>Somebody belongs here since an earlier run of the server.</summary>
    public void Restore(Person person, DateTimeOffset now) => _members.TryAdd(person.Id, new Member(person) { LastSeen = now });

    /// <returns>True if that is news: somebody may be here with several tabs already.</returns>
    public bool Enter(Person person, DateTimeOffset now)
    {
        if (!_members.TryGetValue(person.Id, out var member)) _members.Add(person.Id, member = new Member(person));
        LastUsed = member.LastSeen = now;
        return ++member.Connections == 1;
    }

    /// <summary>A connection is gone. Who comes back finds in the inbox what was said meanwhile; who leaves for good does not.</summary>
    /// <returns>True if it was the person's last one here.</returns>
    public bool Leave(Person person, bool isForGood, DateTimeOffset now)
    {
        LastUsed = now;
        if (!_members.TryGetValue(person.Id, out var member)) return false;
        member.LastSeen = now;
        if (--member.Connections > 0) return false;
        if (isForGood) _members.Remove(person.Id);
        return true;
    }

    /// <summary>Makes room by giving up whoever is away longest; null if everybody is here.</summary>
    public Person? DropAbsent()
    {
        var absent = _members.Values.Where(static member => !member.IsHere).MinBy(static member => member.LastSeen);
        if (absent is not null) _members.Remove(absent.Person.Id);
        return absent?.Person;
    }

    /// <summary>Takes in a message that is stored; one that comes again is known.</summary>
    public ChatMessage Add(ChatMessage message, DateTimeOffset now)
    {
        LastUsed = now;
        if (message.Number <= _lastNumber) return _messages.Find(known => known.Number == message.Number) ?? message;
        _lastNumber = message.Number;
        _messages.Add(message);
        Forget();
        return message;
    }

    /// <summary>A person's page has all messages up to a number.</summary>
    /// <returns>Those for which that is news, with how many others have them now.</returns>
    public List<ChatMessage> Got(Person person, long number)
    {
        if (!_members.TryGetValue(person.Id, out var member) || number <= member.Got) return [];
        var before = member.Got;
        member.Got = Math.Min(number, _lastNumber);
        var news = _messages.Where(message => message.Number > before && message.Number <= number && message.From.Id != person.Id);
        return [.. news.Select(Counted)];
    }

    /// <param name="after">Number of the last message that is known already.</param>
    public ChatMessage[] MessagesAfter(long after) => [.. _messages.Where(message => message.Number > after).Select(Counted)];

    private ChatMessage Counted(ChatMessage message) => message with
    {
        DeliveredTo = _members.Values.Count(member => member.Got >= message.Number && member.Person.Id != message.From.Id),
    };

    private void Forget()
    {
        if (_messages.Count > ChatRules.MaxMessagesPerRoom) _messages.RemoveAt(0);
        if (_messages.Count(static message => message.Image is not null) <= ChatRules.MaxImagesPerRoom) return;
        var oldest = _messages.FindIndex(static message => message.Image is not null);
        _messages[oldest] = _messages[oldest] with { Image = null };
    }

    private sealed class Member(Person person)
    {
        public Person Person => person;

        public int Connections { get; set; }

        public bool IsHere => Connections > 0;

        public long Got { get; set; }

        public DateTimeOffset LastSeen { get; set; }
    }
}
