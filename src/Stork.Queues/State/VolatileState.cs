namespace Stork.Queues.State;

/// <summary>
/// What may change without a record: who is connected, what is out at whom until when, and which queues are worth a look. It is empty after
/// a start. What belongs to one queue is in <see cref="VolatileQueueState"/>.
/// </summary>
internal sealed class VolatileState
{
    private readonly List<QueueState> _dirty = [];
    private readonly List<QueueState> _visited = [];
    
    /// <summary>Milliseconds that no clock change touches and that stand still when the process does: for leases.</summary>
    public long Monotonic { get; private set; }

    /// <summary>The leases that run.</summary>
    public LeaseTable Leases { get; } = new();

    /// <summary>Consumers that lost their connection, by the end of their grace.</summary>
    public PriorityQueue<ConsumerState, long> Graces { get; } = new();

    /// <summary>The suspect that code of this process had last.</summary>
    public Attempt? Suspect { get; set; }

    /// <summary>Who got the last message, or is about to get one: the name in its record need not become a string anew.</summary>
    public string Recipient { get; set; } = "";

    /// <summary>Counts what was done without a record, so that a turn that did nothing at all can be told.</summary>
    public long Steps { get; set; }

    /// <summary>Whether queues wait for room in a frame.</summary>
    public bool HasDirty => _dirty.Count > 0;

    /// <summary>Nothing is handed out any more, to anybody, until the end of this run.</summary>
    public bool IsStopped { get; private set; }

    public void AdvanceTo(long monotonic) => Monotonic = Math.Max(Monotonic, monotonic);

    /// <summary>The queue may have something for one of its consumers. A hint: who looks finds out whether that is so.</summary>
    public void MarkDirty(QueueState queue)
    {
        if (IsStopped || queue.Dirty || queue.Work is not { Volatile.Consumers.Count: > 0 }) return;
        queue.Dirty = true;
        _dirty.Add(queue);
    }

    /// <summary>
    /// The queues that were marked, to be visited one after the other: whoever does clears the mark. Ends with <see cref="EndVisits"/>.
    /// </summary>
    public List<QueueState> BeginVisits()
    {
        _visited.AddRange(_dirty);
        _dirty.Clear();
        return _visited;
    }

    public void EndVisits() => _visited.Clear();

    public void StopDeliveries()
    {
        IsStopped = true;
        foreach (var queue in _dirty) queue.Dirty = false;
        _dirty.Clear();
    }
}
