namespace Stork.Queues.Shards;

/// <summary>
/// How long the machine has slept. On Linux neither timestamps nor timers go on meanwhile, and without this the wall clock would seem to
/// have jumped. A clock other than the system's never sleeps.
/// </summary>
internal sealed class SleepClock
{
    private readonly bool _canSleep;
    private readonly long _before;

    public SleepClock(TimeProvider time)
    {
        _canSleep = time == TimeProvider.System && OperatingSystem.IsLinux();
        if (_canSleep) _before = SinceBoot();
    }

    /// <summary>Milliseconds since this object was made that the machine slept.</summary>
    public long Slept => _canSleep ? Math.Max(0, SinceBoot() - _before) : 0;

    private static long SinceBoot() => LibC.Milliseconds(LibC.ClockBootTime) - LibC.Milliseconds(LibC.ClockMonotonic);
}
