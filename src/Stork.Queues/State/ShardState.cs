using System.Diagnostics;
using Stork.Queues.Journal;

namespace Stork.Queues.State;

/// <summary>
/// What a shard knows: plain data, without rules. Its durable part is made from records by <see cref="RecordApplier"/>, at run time and in
/// recovery alike, from the same bytes; what may change without a record is in <see cref="Volatile"/>.
/// </summary>
[DebuggerDisplay("{Names.Count} queues, {Attempts.Count} hand-outs")]
internal sealed class ShardState
{
    /// <summary>Queues a shard may have, with the inboxes.</summary>
    public const int MaxQueues = 16_000_000;

    private readonly List<QueueState?> _queues = [null];

    /// <param name="live">Counts what of each segment is wanted.</param>
    /// <param name="ackIds">The ack ids of the shard.</param>
    public ShardState(LiveBytes live, AckIdRange ackIds)
    {
        Live = live;
        AckIds = ackIds;
        Names = new QueueNames(_queues);
        AckIdLimit = ackIds.First;
    }

    public LiveBytes Live { get; }

    public AckIdRange AckIds { get; }

    public QueueNames Names { get; }

    public VolatileState Volatile { get; } = new();

    /// <summary>The wall clock, which may jump.</summary>
    public WallTime Wall { get; } = new();

    /// <summary>The shard's time in Unix milliseconds: never goes back.</summary>
    public long Now { get; private set; }

    /// <summary>
    /// Whether records are read back. They may come out of order then: what reclaim wrote anew lies behind what came later.
    /// </summary>
    public bool IsReplaying { get; set; } = true;

    /// <summary>Who writes a snapshot; null: nobody does.</summary>
    public IQueueObserver? Observer { get; set; }

    /// <summary>Hand-outs by their ack ids, as long as their messages are unsettled.</summary>
    public Dictionary<int, Attempt> Attempts { get; } = [];

    /// <summary>Ack ids below it are, or may have been, given out.</summary>
    [Durable]
    public int AckIdLimit { get; set; }

    /// <summary>The segment with the record of <see cref="AckIdLimit"/>.</summary>
    [Durable]
    public uint AckIdSegment { get; set; }

    /// <summary>Deduplication entries and producers: what takes space in the journal besides messages and queues.</summary>
    [Durable]
    public long Remembered { get; set; }

    /// <summary>Messages that wait for the shard's time.</summary>
    public PriorityQueue<DueMessage, long> Due { get; } = new();

    /// <summary>Messages that wait for a time of the wall clock.</summary>
    public PriorityQueue<DueMessage, long> DueByWallClock { get; } = new();

    /// <summary>Queues by the second in which something in them is over at the earliest.</summary>
    public PriorityQueue<uint, uint> Expiries { get; } = new();

    /// <summary>Ids of queues that can be given out again.</summary>
    public Stack<uint> FreeIds { get; } = new();

    /// <summary>One above the highest id of a queue.</summary>
    public int IdEnd => _queues.Count;

    public IEnumerable<QueueState> Queues => _queues.Where(static q => q is { HasName: true })!;

    /// <summary>Stored and not settled, over all queues.</summary>
    public long Messages => Queues.Sum(static q => (long)q.Unsettled);

    public void AdvanceTo(long now) => Now = Math.Max(Now, now);

    /// <summary>The queue with that id; null if it is gone.</summary>
    public QueueState? Peek(ulong id) => id < (ulong)_queues.Count ? _queues[(int)id] : null;

    public QueueState? Find(QueueAddress address)
    {
        if (address.Known is { } known && known.Id < _queues.Count && _queues[(int)known.Id] == known) return known;
        return address.Known = Names.Find(address.Kind, address.Utf8Name);
    }

    /// <summary>The queue with that id, which need not have a name yet: in recovery a record of its own may come later.</summary>
    [Durable]
    public QueueState GetOrAdd(uint id)
    {
        if (id is 0 or > MaxQueues) throw new InvalidDataException($"queue id {id} is out of range");
        while (_queues.Count <= id) _queues.Add(null);
        return _queues[(int)id] ??= new QueueState(id);
    }

    [Durable]
    public void Remove(QueueState queue)
    {
        if (queue.HasName) Names.Remove(queue);
        _queues[(int)queue.Id] = null;
    }
}
