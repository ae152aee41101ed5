using Stork.EventLoops;

namespace Stork.Tests.EventLoops;

/// <summary>What the watchdog makes of two looks at a loop, an interval apart: whether a call blocks it, or nothing is wrong.</summary>
public sealed class LoopSightingTests
{
    private static readonly double Half = LoopWatchdog.Interval.TotalMilliseconds / 2;

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(int.MaxValue, true)]
    [InlineData(int.MinValue, false)]
    [InlineData(-1, true)]
    public void A_call_is_under_way_in_odd_turns(int turn, bool isInCall) => new LoopSighting(turn).IsInCall.ShouldBe(isInCall);

    [Theory]
    [InlineData(7, 7, true)]
    // Between two calls a loop waits, for as long as it likes.
    [InlineData(8, 8, false)]
    // Another call, or none any more.
    [InlineData(7, 8, false)]
    [InlineData(7, 9, false)]
    [InlineData(6, 7, false)]
    public void It_is_the_same_call_if_the_turn_is_odd_and_has_not_changed(int before, int now, bool isSame)
    {
        var waited = TimeSpan.FromSeconds(1);
        new LoopSighting(now).IsSameCall(new LoopSighting(before)).ShouldBe(isSame);
        new LoopSighting(now, waited).IsBlockedSince(new LoopSighting(before, waited)).ShouldBe(isSame);
    }

    [Fact]
    public void A_call_that_lasts_for_half_an_interval_without_a_processor_only_waits_for_one()
    {
        IsBlocked(0, 0).ShouldBeTrue("it runs, or sleeps");
        IsBlocked(0, Half - 0.001).ShouldBeTrue("it had a processor most of the time");
        IsBlocked(0, Half).ShouldBeFalse("it had none for half of the time");
        IsBlocked(0, 2 * Half).ShouldBeFalse("it had none at all");
        IsBlocked(1_000_000, 1_000_000).ShouldBeTrue("what it waited before does not count");
        IsBlocked(1_000_000, 1_000_000 + Half).ShouldBeFalse();
    }

    [Fact]
    public void A_call_that_was_seen_for_the_first_time_a_moment_ago_is_looked_at_once_more()
    {
        new LoopSighting(7, TimeSpan.Zero).IsBlockedSince(new LoopSighting(7)).ShouldBeFalse();
        new LoopSighting(7).IsBlockedSince(new LoopSighting(7, TimeSpan.Zero)).ShouldBeFalse();
        new LoopSighting(7).IsBlockedSince(new LoopSighting(7)).ShouldBeFalse();
    }

    private static bool IsBlocked(double waitedBefore, double waitedNow) =>
        new LoopSighting(7, TimeSpan.FromMilliseconds(waitedNow))
            .IsBlockedSince(new LoopSighting(7, TimeSpan.FromMilliseconds(waitedBefore)));
}
