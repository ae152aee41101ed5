namespace Stork.Redis.Streams;

/// <summary>
/// Messages of this server on their way through the stream, in the order they were sent: each is done here once, when the stream brings
/// it back and all before it was done, or when it is given up.
/// </summary>
/// <remarks>
/// An entry does not say which message it is: official servers would not understand more than they write themselves. But entries come in
/// the order they were sent, so it is the first that looks like it; those before it did not get into the stream. One that comes back after
/// it was given up looks like none, and was done already.
/// </remarks>
/// <param name="apply">Does what a message asks for; its offset is null if it was given up.</param>
internal sealed class OwnEntries(Action<ClusterMessage, EventOffset?> apply)
{
    /// <summary>Held while messages are done, so that they are in order. Before <see cref="_gate"/>.</summary>
    private readonly Lock _order = new();

    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _sent = [];

    /// <summary>Completes when all that was sent before is done.</summary>
    public Task Drained
    {
        get
        {
            lock (_gate) return _sent.Last?.Value.Done.Task ?? Task.CompletedTask;
        }
    }

    /// <summary>Remembers a message and sends it, in one go.</summary>
    public (Entry Entry, Task Sending) Send(ClusterMessage message, ReadOnlyMemory<byte> data, Func<Task> send)
    {
        var entry = new Entry(message, data);
        lock (_gate)
        {
            _sent.AddLast(entry);
            return (entry, send());
        }
    }

    /// <summary>An entry of this server has come.</summary>
    public void TakeBack(ClusterMessageType type, ReadOnlyMemory<byte> data, EventOffset offset)
    {
        lock (_order)
        {
            if (Find(type, data) is not { } entry) return;
            GiveUpBefore(entry);
            Complete(entry, offset);
        }
    }

    /// <summary>A message is not waited for any longer, nor are those before it.</summary>
    public void GiveUp(Entry entry)
    {
        lock (_order)
        {
            lock (_gate)
            {
                if (!_sent.Contains(entry)) return;
            }

            GiveUpBefore(entry);
            Complete(entry, offset: null);
        }
    }

    private Entry? Find(ClusterMessageType type, ReadOnlyMemory<byte> data)
    {
        lock (_gate) return _sent.FirstOrDefault(entry => entry.Message.Type == type && entry.Data.Span.SequenceEqual(data.Span));
    }

    private void GiveUpBefore(Entry entry)
    {
        while (true)
        {
            Entry first;
            lock (_gate) first = _sent.First!.Value;
            if (first == entry) return;
            Complete(first, offset: null);
        }
    }

    private void Complete(Entry entry, EventOffset? offset)
    {
        lock (_gate) _sent.Remove(entry);
        apply(entry.Message, offset);
        entry.Done.TrySetResult();
    }

    /// <summary>One of the messages.</summary>
    internal sealed class Entry(ClusterMessage message, ReadOnlyMemory<byte> data)
    {
        public ClusterMessage Message => message;

        public ReadOnlyMemory<byte> Data => data;

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
