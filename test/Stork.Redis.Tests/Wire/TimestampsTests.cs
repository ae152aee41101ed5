using Stork.MessagePack.Values;

namespace Stork.Redis.Tests.Wire;

public sealed class TimestampsTests
{
    [Theory]
    [InlineData("Fri Nov 27 2026 21:00:00 GMT+0000 (Coordinated Universal Time)", "2026-11-27T21:00:00.000Z")]
    [InlineData("Fri Nov 27 2026 21:00:00 GMT-0330 (Newfoundland)", "2026-11-28T00:30:00.000Z")]
    [InlineData("Fri Nov 27 2026 21:00:00 GMT+1400", "2026-11-27T07:00:00.000Z")]
    public void Texts_of_JavaScript_are_read_in_any_zone(string text, string expected) =>
        Timestamps.Write(Timestamps.ReadLocal(text).ShouldNotBeNull()).ShouldBe(expected);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData(" GMT+0000")]
    [InlineData("Invalid Date GMT+0000")]
    [InlineData("Mon Jan 01 0001 00:00:00 GMT+1399")]
    [InlineData("Fri Dec 31 9999 23:59:59 GMT-1399")]
    public void What_is_no_time_of_ours_is_none(string? text) => Timestamps.ReadLocal(text).ShouldBeNull();

    [Fact]
    public void Zones_that_there_are_not_do_no_harm() =>
        Timestamps.ReadLocal("Fri Nov 27 2026 21:00:00 GMT+1399").ShouldNotBeNull();
}
