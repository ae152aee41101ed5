using Stork.EventLoops;
using Stork.Tests.Timing;

namespace Stork.Tests.EventLoops;

/// <summary>Which calls of the application's code belong to the thread pool, and for how long.</summary>
public sealed class CallPaceTests
{
    private static readonly TimeSpan Slow = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Instant = TimeSpan.FromTicks(1);

    private readonly ManualTime _time = new();
    private readonly CallPace _pace;

    public CallPaceTests() => _pace = new CallPace(_time);

    [Fact]
    public void Calls_that_return_soon_may_be_made_anywhere()
    {
        for (var i = 0; i < 1_000; i++) Call(Slow - Instant);
        _pace.KeepsThreads.ShouldBeFalse();
    }

    [Fact]
    public void The_first_two_calls_may_take_their_time_and_those_that_follow_may_not()
    {
        Call(TimeSpan.FromSeconds(1));
        Call(TimeSpan.FromSeconds(1));
        Call(Slow);
        _pace.KeepsThreads.ShouldBeFalse("one alone is no sign");
        Call(Slow);
        _pace.KeepsThreads.ShouldBeTrue();
    }

    [Theory]
    [InlineData(99, true)]
    [InlineData(100, false)]
    public void A_hundred_calls_that_return_soon_make_up_for_a_slow_one(int soonCalls, bool isBanned)
    {
        for (var i = 0; i < 2; i++) Call(TimeSpan.Zero);
        _pace.IsInQuestion.ShouldBeFalse();
        Call(Slow);
        _pace.IsInQuestion.ShouldBeTrue();
        for (var i = 0; i < soonCalls; i++) Call(Slow - Instant);
        _pace.IsInQuestion.ShouldBe(isBanned);
        Call(Slow);
        _pace.KeepsThreads.ShouldBe(isBanned);
        _pace.IsInQuestion.ShouldBeTrue();
    }

    [Fact]
    public void Slow_calls_of_the_time_before_are_forgotten_when_calls_come_back()
    {
        for (var i = 0; i < 4; i++) Call(Slow);
        ShouldLast(TimeSpan.FromSeconds(1));
        _pace.IsInQuestion.ShouldBeFalse();
        Call(Slow);
        _pace.KeepsThreads.ShouldBeFalse();
    }

    [Fact]
    public void A_call_that_was_seen_to_last_counts_though_it_was_the_first()
    {
        _pace.Ban();
        _pace.KeepsThreads.ShouldBeTrue();
    }

    [Fact]
    public void After_a_second_calls_may_be_made_anywhere_again()
    {
        _pace.Ban();
        ShouldLast(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_call_that_is_seen_to_last_meanwhile_prolongs_nothing()
    {
        _pace.Ban();
        _time.Advance(TimeSpan.FromSeconds(0.5));
        _pace.Ban();
        ShouldLast(TimeSpan.FromSeconds(0.5));
    }

    [Theory]
    [InlineData(10, 2)]
    [InlineData(10.0001, 1)]
    public void One_that_keeps_its_thread_soon_afterwards_is_banned_for_twice_as_long(double secondsLater, int seconds)
    {
        _pace.Ban();
        ShouldLast(TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(secondsLater) - Instant);
        _pace.Ban();
        ShouldLast(TimeSpan.FromSeconds(seconds));
    }

    [Theory]
    [InlineData(20, 2, false)]
    [InlineData(20, 3, true)]
    [InlineData(19, 2, true)]
    [InlineData(1, 1, true)]
    [InlineData(0, 0, false)]
    public void More_than_a_tenth_of_slow_calls_in_the_pool_keeps_them_there(int calls, int slowCalls, bool isKept)
    {
        _pace.Ban();
        for (var i = 0; i < calls; i++) Call(i < slowCalls ? Slow : TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1));
        _pace.KeepsThreads.ShouldBe(isKept);
        if (isKept) ShouldLast(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void What_was_counted_before_does_not_count_for_the_time_that_follows()
    {
        _pace.Ban();
        Call(Slow);
        _time.Advance(TimeSpan.FromSeconds(1));
        _pace.KeepsThreads.ShouldBeTrue();
        for (var i = 0; i < 9; i++) Call(TimeSpan.Zero);
        ShouldLast(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void It_grows_to_ten_minutes_and_no_further()
    {
        _pace.Ban();
        for (var seconds = 2; seconds < 2_000; seconds *= 2)
        {
            Call(Slow);
            _time.Advance(TimeSpan.FromMinutes(10));
            _pace.KeepsThreads.ShouldBeTrue();
        }

        ShouldLast(TimeSpan.FromMinutes(10));
        _time.Advance(TimeSpan.FromMinutes(100) - Instant);
        _pace.Ban();
        ShouldLast(TimeSpan.FromMinutes(10));
        _time.Advance(TimeSpan.FromMinutes(100));
        _pace.Ban();
        ShouldLast(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Of_two_threads_that_find_the_time_over_the_second_does_not_undo_what_the_first_decides()
    {
        var time = new InterruptedTime();
        var pace = new CallPace(time);
        pace.Ban();
        var began = pace.Begin();
        time.Seconds = 1;
        pace.End(began);
        var second = new Thread(() => _ = pace.KeepsThreads);
        // The first one looks twice: before it takes the lock, and in it.
        time.Meanwhile = () => time.Meanwhile = () =>
        {
            second.Start();
            SpinWait.SpinUntil(() => (second.ThreadState & ThreadState.WaitSleepJoin) != 0, Patience.Limit).ShouldBeTrue();
        };
        pace.KeepsThreads.ShouldBeTrue("too many calls were slow");
        second.Join(Patience.Limit).ShouldBeTrue();
        pace.KeepsThreads.ShouldBeTrue();
        time.Seconds = 3;
        pace.KeepsThreads.ShouldBeFalse();
    }

    private void Call(TimeSpan duration)
    {
        var began = _pace.Begin();
        _time.Advance(duration);
        _pace.End(began);
    }

    /// <summary>The pool has the calls until then, and not longer.</summary>
    private void ShouldLast(TimeSpan time)
    {
        _time.Advance(time - Instant);
        _pace.KeepsThreads.ShouldBeTrue();
        _time.Advance(Instant);
        _pace.KeepsThreads.ShouldBeFalse();
    }

    /// <summary>A clock at which something else happens between its being read and what comes of it.</summary>
    private sealed class InterruptedTime : TimeProvider
    {
        public long Seconds { get; set; }

        /// <summary>Happens once, behind the next look.</summary>
        public Action? Meanwhile { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp()
        {
            var (now, meanwhile) = (Seconds, Meanwhile);
            Meanwhile = null;
            meanwhile?.Invoke();
            return now;
        }
    }
}
