namespace Stork.Queues.State;

/// <summary>
/// How fast one consumer may give messages back, which counts nothing and brings them out again: so many a second, after as many as it may
/// have at once. Beyond that it gets nothing for a while. A bucket of tokens: each release takes one, time brings them back, and below one
/// the consumer waits. Of this run only, on the clock of the leases.
/// </summary>
internal sealed class ReleasePace(double perSecond, int maxInFlight, long now)
{
    private readonly double _burst = Math.Max(maxInFlight, perSecond);
    private double _tokens = Math.Max(maxInFlight, perSecond);
    private long _refilledAt = now;

    /// <summary>When nothing of what was given back matters any more.</summary>
    public long EndsAt(long now)
    {
        Refill(now);
        return now + (long)Math.Ceiling((_burst - _tokens) * 1000 / perSecond);
    }

    /// <summary>The consumer has given back so many.</summary>
    public void Spend(int count, long now)
    {
        Refill(now);
        _tokens -= count;
    }

    /// <summary>From when on the consumer may get something.</summary>
    public long MayGoOnAt(long now)
    {
        Refill(now);
        return _tokens >= 1 ? now : now + Math.Max(1, (long)Math.Ceiling((1 - _tokens) * 1000 / perSecond));
    }

    private void Refill(long now)
    {
        _tokens = Math.Min(_burst, _tokens + ((now - _refilledAt) * perSecond / 1000));
        _refilledAt = now;
    }
}
