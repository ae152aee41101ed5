namespace Stork.Queues.Shards;

/// <summary>The times that a shard is driven with.</summary>
internal sealed class LoopClock(TimeProvider time)
{
    private readonly SleepClock _sleep = new(time);
    private readonly long _started = time.GetTimestamp();

    /// <summary>The time of day, Unix milliseconds.</summary>
    public long Wall => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Milliseconds that only go on, and stand still while the machine sleeps.</summary>
    public long Monotonic => (long)time.GetElapsedTime(_started).TotalMilliseconds;

    /// <summary>Milliseconds that the machine slept.</summary>
    public long Slept => _sleep.Slept;
}
