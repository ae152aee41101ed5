namespace Stork.Queues.State;

/// <summary>
/// What holds deliveries of one queue back: its rate and its breaker. It lives for this run only, on the clock of the leases: nothing of it
/// is in the journal, and after a restart it begins anew.
/// </summary>
internal sealed class QueueFlow(double? perSecond, CircuitBreaker? breaker)
{
    /// <summary>So many seconds' worth of deliveries may go at once after a pause.</summary>
    private const double BurstSeconds = 0.1;

    private readonly double _burst = Math.Max(1, (perSecond ?? 0) * BurstSeconds);
    private readonly bool[] _outcomes = new bool[breaker?.SampleSize ?? 0];
    private double _tokens = Math.Max(1, (perSecond ?? 0) * BurstSeconds);
    private long _refilledAt;
    private long _openUntil;
    private bool _open;
    private int _count;
    private int _failures;

    /// <summary>A timer wakes the queue.</summary>
    public bool Waits { get; set; }

    /// <summary>Whether the breaker holds everything back, or all but a single trial.</summary>
    public bool IsOpen => _open;

    /// <summary>Whether a message may be handed out.</summary>
    /// <param name="now">The clock of the leases.</param>
    /// <param name="inFlight">Messages out at consumers.</param>
    /// <param name="wakeAt">If not: when it is worth looking again; null: when a message comes back.</param>
    public bool MayDeliver(long now, int inFlight, out long? wakeAt)
    {
        wakeAt = null;
        if (_open)
        {
            if (now < _openUntil) wakeAt = _openUntil;
            if (now < _openUntil || inFlight > 0) return false;
        }

        if (perSecond is not { } rate) return true;
        _tokens = Math.Min(_burst, _tokens + ((now - _refilledAt) * rate / 1000));
        _refilledAt = now;
        if (_tokens >= 1) return true;
        wakeAt = now + Math.Max(1, (long)Math.Ceiling((1 - _tokens) * 1000 / rate));
        return false;
    }

    public void Delivered() => _tokens -= 1;

    /// <summary>A message was acknowledged or has failed.</summary>
    /// <returns>Whether the breaker opened with it.</returns>
    public bool Ended(bool failed, long now)
    {
        if (breaker is null) return false;
        if (_open)
        {
            // What was out before the breaker opened says nothing about the trial.
            if (now < _openUntil) return false;
            if (failed) return Open(now);
            _open = false;
            return false;
        }

        var place = _count % _outcomes.Length;
        if (_count >= _outcomes.Length && _outcomes[place]) _failures--;
        _outcomes[place] = failed;
        _count++;
        if (failed) _failures++;
        if (_count == 2 * _outcomes.Length) _count = _outcomes.Length;
        return _count >= _outcomes.Length && _failures >= breaker.FailureRate * _outcomes.Length && Open(now);
    }

    private bool Open(long now)
    {
        _open = true;
        _openUntil = now + (long)breaker!.Break.TotalMilliseconds;
        _count = _failures = 0;
        return true;
    }
}
