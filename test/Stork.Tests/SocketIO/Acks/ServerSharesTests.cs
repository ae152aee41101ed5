using Stork.SocketIO.Acks;

namespace Stork.Tests.SocketIO.Acks;

public class ServerSharesTests
{
    [Fact]
    public void Numbers_beyond_all_measure_are_not_taken_for_none()
    {
        var shares = new ServerShares(2, []);
        shares.Expect("", int.MaxValue);
        shares.Expect("", int.MaxValue);
        shares.IsComplete.ShouldBeFalse();
        shares.MissingCount.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    public void Answers_ahead_of_their_number_are_taken_up_to_a_limit(string serverId)
    {
        var shares = new ServerShares(1, serverId.Length == 0 ? [] : [serverId]);
        var taken = Enumerable.Range(0, 200_000).Count(_ => shares.TryAnswer(serverId));
        taken.ShouldBe(100_000);
        shares.Expect(serverId, 100_001);
        shares.TryAnswer(serverId).ShouldBeTrue();
        shares.TryAnswer(serverId).ShouldBeFalse();
        shares.IsComplete.ShouldBeTrue();
    }
}
