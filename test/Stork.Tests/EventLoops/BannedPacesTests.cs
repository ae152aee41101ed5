using Stork.EventLoops;
using Stork.Tests.Timing;

namespace Stork.Tests.EventLoops;

public sealed class BannedPacesTests
{
    private readonly ManualTime _time = new();
    private readonly BannedPaces _banned = new();

    [Fact]
    public void There_is_one_while_any_of_the_calls_belongs_to_the_pool()
    {
        var (first, second) = (new CallPace(_time, _banned), new CallPace(_time, _banned));
        _banned.HasAny.ShouldBeFalse();
        first.Ban();
        _time.Advance(TimeSpan.FromMilliseconds(600));
        second.Ban();
        _banned.HasAny.ShouldBeTrue();
        _time.Advance(TimeSpan.FromMilliseconds(600));
        first.KeepsThreads.ShouldBeFalse();
        _banned.HasAny.ShouldBeTrue();
        second.KeepsThreads.ShouldBeTrue();
    }

    [Fact]
    public void One_whose_time_is_over_leaves_although_nobody_asks_it()
    {
        new CallPace(_time, _banned).Ban();
        _banned.HasAny.ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(1));
        _banned.HasAny.ShouldBeFalse();
    }

    [Fact]
    public void One_that_is_banned_twice_is_there_once()
    {
        var pace = new CallPace(_time, _banned);
        pace.Ban();
        pace.Ban();
        _time.Advance(TimeSpan.FromSeconds(1));
        _banned.HasAny.ShouldBeFalse();
        pace.Ban();
        _banned.HasAny.ShouldBeTrue();
    }
}
