namespace Stork.Recovery;

/// <summary>
/// Milliseconds on a clock that only runs while a server does: nobody's time is used up while there is none to come back to.
/// </summary>
/// <remarks>The log's lock guards it.</remarks>
internal sealed class LogClock(TimeProvider time)
{
    private readonly long _opened = time.GetTimestamp();
    private long _reached;

    public long Now => _reached + (long)time.GetElapsedTime(_opened).TotalMilliseconds;

    /// <summary>The former process came to this time; this one goes on from there.</summary>
    public void Reach(long former) => _reached = Math.Max(_reached, former);

    public void Reset() => _reached = 0;
}
