using Stork.Timing;

namespace Stork.Tests.Timing;

public sealed class FineTimerTests
{
    private int _calls;

    [Fact]
    public async Task Calls_again_and_again_until_it_is_stopped()
    {
        using var timer = new FineTimer(Count);
        timer.Change(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)).ShouldBeTrue();
        await Waiting.Until(() => _calls >= 3, "the timer had called three times");
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan).ShouldBeTrue();
        // A call may be under way.
        var calls = _calls + 1;
        await WaitForAnotherAsync();
        _calls.ShouldBeLessThanOrEqualTo(calls);
        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan).ShouldBeTrue();
        await Waiting.Until(() => _calls > calls - 1, "the timer had called again");
    }

    [Fact]
    public async Task Calls_once_without_a_period_and_never_early()
    {
        var started = TimeProvider.System.GetTimestamp();
        var elapsed = new TaskCompletionSource<TimeSpan>();
        using var timer = new FineTimer(() =>
        {
            Count();
            elapsed.TrySetResult(TimeProvider.System.GetElapsedTime(started));
        });
        timer.Change(TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan);
        (await elapsed.Task).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(20));
        await WaitForAnotherAsync();
        _calls.ShouldBe(1);
    }

    [Fact]
    public async Task Calls_nobody_once_disposed()
    {
        var timer = new FineTimer(Count);
        timer.Change(TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(1));
        await timer.DisposeAsync();
        timer.Change(TimeSpan.Zero, TimeSpan.FromMilliseconds(1)).ShouldBeFalse();
        await WaitForAnotherAsync();
        _calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_wheel_of_short_waits_calls_on_threads_of_the_pool()
    {
        using var wheel = new TimerWheel(TimeProvider.System, shortestWait: TimeSpan.FromMilliseconds(50));
        var entry = new Entry();
        wheel.Schedule(entry, TimeSpan.FromMilliseconds(5));
        (await entry.IsOnPool.Task).ShouldBeTrue();
    }

    private void Count() => Interlocked.Increment(ref _calls);

    /// <summary>Another timer with the same period has called several times: so would the first.</summary>
    private static async Task WaitForAnotherAsync()
    {
        var calls = 0;
        using var other = new FineTimer(() => Interlocked.Increment(ref calls));
        other.Change(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1));
        await Waiting.Until(() => calls >= 10, "the other timer had called");
    }

    private sealed class Entry : WheelEntry
    {
        public TaskCompletionSource<bool> IsOnPool { get; } = new();

        internal override void OnDue() => IsOnPool.SetResult(Thread.CurrentThread.IsThreadPoolThread);
    }
}
