namespace Stork.Queues.Shards;

/// <summary>
/// How long this process or its disk stood still: a turn that comes late, a commit that takes long, a full disk. That is not the consumers'
/// fault, whose acknowledgements may be waiting in line; so their leases stand still meanwhile.
/// </summary>
/// <param name="tolerance">Milliseconds: what takes no longer is no stall.</param>
internal sealed class StallClock(long tolerance)
{
    private long? _expectedBy;
    private long? _fullSince;

    /// <summary>Milliseconds that it stood still.</summary>
    public long Total { get; private set; }

    /// <summary>The disk refused the last turn.</summary>
    public bool IsDiskFull => _fullSince is not null;

    /// <summary>A turn begins.</summary>
    public void BeginTurn(long monotonic)
    {
        if (_fullSince is { } since) Total += monotonic - since;
        else if (_expectedBy is { } expected) Add(monotonic - expected);
        _fullSince = _expectedBy = null;
    }

    /// <summary>When the next turn comes if nothing stands still; null: nobody knows.</summary>
    public void ExpectTurn(long? monotonic) => _expectedBy = monotonic;

    /// <summary>The disk refuses what the turn wants of it, from now to the next turn.</summary>
    public void BeginFullDisk(long monotonic) => _fullSince = monotonic;

    /// <summary>Something took so long that waits for nobody but the machine.</summary>
    public void Add(long took)
    {
        if (took > tolerance) Total += took - tolerance;
    }
}
