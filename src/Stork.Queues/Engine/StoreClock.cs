namespace Stork.Queues.Engine;

/// <summary>
/// The store's idea of the time of day: it never goes back, and it does not follow a jump. While the wall clock differs from what the
/// monotonic clock lets expect by more than five minutes, time goes on by the monotonic clock, so that nothing expires by mistake. A clock
/// that stays ahead for an hour is believed; so is one at start, unless the store would have been closed for more than 30 days.
/// </summary>
internal sealed class StoreClock
{
    public const long Tolerance = 5 * 60_000;
    public const long Patience = 60 * 60_000;
    public const long LongestBreak = 30L * 24 * 60 * 60_000;

    private long _offset;
    private long? _aheadSince;
    private bool _started;

    /// <summary>The time of the last observation.</summary>
    public long Now { get; private set; }

    /// <summary>The wall clock is not believed at present.</summary>
    public bool Suspect { get; private set; }

    /// <summary>Starts after what is known from the journal.</summary>
    public void Start(long lastKnown, long wall, long monotonic)
    {
        Suspect = wall < lastKnown - Tolerance || (lastKnown > 0 && wall - lastKnown > LongestBreak);
        Now = Suspect ? lastKnown : Math.Max(lastKnown, wall);
        _offset = Now - monotonic;
        _aheadSince = Suspect && wall > lastKnown ? monotonic : null;
        _started = true;
    }

    public long Observe(long wall, long monotonic)
    {
        if (!_started) Start(0, wall, monotonic);
        var expected = monotonic + _offset;
        var drift = wall - expected;
        Suspect = Math.Abs(drift) > Tolerance;
        if (drift <= Tolerance) _aheadSince = null;
        else _aheadSince ??= monotonic;

        if (!Suspect || (_aheadSince is { } since && monotonic - since >= Patience))
        {
            _offset = wall - monotonic;
            expected = wall;
            Suspect = false;
            _aheadSince = null;
        }

        return Now = Math.Max(Now, expected);
    }
}
