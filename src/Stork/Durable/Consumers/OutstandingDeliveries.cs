using System.Runtime.InteropServices;
using Stork.Queues;

namespace Stork.Durable.Consumers;

/// <summary>What a client was sent and has not acknowledged. The owner guards it with a lock.</summary>
internal sealed class OutstandingDeliveries
{
    // Oldest first. Searched from the front, where nearly all are found.
    private readonly List<Entry> _entries = [];

    // Of those the first ones are done with: taking them out one by one would move all the others each time.
    private int _done;
    private int _capacity;

    /// <summary>A consumer may have so many messages more out. Twice as many are remembered, as what is repeated after its lease ended has
    /// another number.</summary>
    public void AddRoom(int maxInFlight) => _capacity += 2 * maxInFlight;

    /// <summary>The client is about to be asked.</summary>
    public void Add(Delivery delivery, SocketConsumer consumer)
    {
        // What was settled elsewhere, or given up, is never answered; the oldest are forgotten then, and count as late.
        if (_entries.Count > _done && _entries.Count - _done >= _capacity) RemoveAt(_done);
        _entries.Add(new Entry(delivery.AckId, consumer, consumer.Source.Kind == QueueKind.Work ? delivery : null));
    }

    /// <summary>What the client acknowledges; the default if it was not asked for that.</summary>
    public Entry Remove(int ackId)
    {
        var entries = CollectionsMarshal.AsSpan(_entries);
        for (var i = _done; i < entries.Length; i++)
        {
            if (entries[i].AckId != ackId) continue;
            var entry = entries[i];
            RemoveAt(i);
            return entry;
        }

        return default;
    }

    /// <summary>The consumer has ended; what its client acknowledges of it counts as late.</summary>
    public void RemoveAll(SocketConsumer consumer)
    {
        _capacity -= 2 * consumer.Source.MaxInFlight;
        _entries.RemoveRange(0, _done);
        _done = 0;
        _entries.RemoveAll(entry => entry.Consumer == consumer);
    }

    public void Clear()
    {
        _entries.Clear();
        _done = 0;
    }

    /// <summary>The job with this id that the client has; null: it has no such job.</summary>
    public Delivery? FindJob(Guid id) => _entries.FindLast(entry => entry.Job?.Id == id).Job;

    private void RemoveAt(int index)
    {
        if (index != _done)
        {
            _entries.RemoveAt(index);
            return;
        }

        CollectionsMarshal.AsSpan(_entries)[_done++] = default;
        if (_done * 2 < _entries.Count) return;
        _entries.RemoveRange(0, _done);
        _done = 0;
    }

    // With a job comes its delivery, as its client may ask for more time.
    [StructLayout(LayoutKind.Auto)]
    public readonly record struct Entry(int AckId, SocketConsumer? Consumer, Delivery? Job);
}
