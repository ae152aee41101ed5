namespace Stork.Samples.Chat;

/// <summary>
/// How fast one connection may go: so many events at once, then a steady rate. Who is faster waits; as its events are handled one after the
/// other, the waiting reaches back to the sender and nothing piles up here.
/// </summary>
internal sealed class RateLimit(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Burst = 40 * Interval;

    private readonly long _start = time.GetTimestamp();
    private TimeSpan _due;

    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        var now = time.GetElapsedTime(_start);
        _due = (_due > now ? _due : now) + Interval;
        var wait = _due - now - Burst;
        return wait <= TimeSpan.Zero ? ValueTask.CompletedTask : new ValueTask(Task.Delay(wait, time, cancellationToken));
    }
}
