namespace Stork.Queues.Shards;

/// <summary>
/// The store's own time: it never goes back, and goes on with the time that really passes, so that a jump of the wall clock makes nothing
/// expire and no delay longer or shorter. How far the wall clock is off it is the <see cref="Shift"/>; differences below five minutes are
/// followed and none. While the store is closed the wall clock is believed for up to 30 days; after a longer or a negative break the time
/// goes on where it was.
/// </summary>
internal sealed class StoreClock
{
    public const long Tolerance = 5 * 60_000;

    /// <summary>Milliseconds after a jump during which the wall clock counts as suspect.</summary>
    public const long Patience = 60 * 60_000;

    public const long LongestBreak = 30L * 24 * 60 * 60_000;

    private long _offset;
    private long? _jumpedAt;
    private bool _started;

    /// <summary>The time of the last observation.</summary>
    public long Now { get; private set; }

    /// <summary>The wall clock less <see cref="Now"/>; zero below the tolerance.</summary>
    public long Shift { get; private set; }

    /// <summary>The wall clock jumped within the last hour.</summary>
    public bool Suspect => _jumpedAt is not null;

    /// <summary>Starts after what is known from the journal.</summary>
    /// <param name="lastKnown">The last time of the journal; 0: there is none.</param>
    /// <param name="lastShift">The shift then.</param>
    /// <param name="wall">The wall clock.</param>
    /// <param name="elapsed">Milliseconds that only go on, also while the machine sleeps.</param>
    public void Start(long lastKnown, long lastShift, long wall, long elapsed)
    {
        _started = true;
        Now = lastKnown == 0 ? wall : lastKnown;
        Shift = lastKnown == 0 ? 0 : lastShift;
        var passed = wall - Shift - Now;
        if (passed is >= 0 and <= LongestBreak) Now += passed;
        _offset = Now - elapsed;
        Observe(wall, elapsed);
    }

    public long Observe(long wall, long elapsed)
    {
        if (!_started) Start(0, 0, wall, elapsed);
        var drift = wall - Shift - (elapsed + _offset);
        if (Math.Abs(drift) <= Tolerance)
        {
            _offset += drift;
            if (elapsed - _jumpedAt >= Patience) _jumpedAt = null;
        }
        else
        {
            Shift += drift;
            _jumpedAt = elapsed;
        }

        if (Shift != 0 && Math.Abs(Shift) <= Tolerance)
        {
            _offset += Shift;
            Shift = 0;
            _jumpedAt = null;
        }

        return Now = Math.Max(Now, elapsed + _offset);
    }
}
