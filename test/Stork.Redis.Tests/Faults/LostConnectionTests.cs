using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>One of the two connections that a server has, lost while the other one stays: that for commands, or that for what others
/// publish.</summary>
public sealed class LostConnectionTests
{
    [Theory]
    [InlineData("pubsub", "Subscription", "resp2")]
    [InlineData("pubsub", "Subscription", "resp3")]
    [InlineData("normal", "Interactive", "resp2")]
    [InlineData("normal", "Interactive", "resp3")]
    public async Task It_is_told_and_made_anew_with_its_subscriptions(string kind, string name, string protocol)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Observing.StartAsync($"{redis.Configuration},protocol={protocol}");
        await using var two = await Observing.StartAsync($"{redis.Configuration},protocol={protocol}");
        await using var here = await Client.ConnectAsync(one.Url);
        await using var there = await Client.ConnectAsync(two.Url);
        await one.UntilServersAsync(2);
        (await redis.AskAsync($"CLIENT KILL TYPE {kind}")).ShouldBe(":2\r\n");
        await Waiting.Until(() => one.HasLogged(2, name) && two.HasLogged(2, name), "the loss was told");
        await Waiting.Until(() => one.HasLogged(3, name) && two.HasLogged(3, name), "they were back");
        await one.UntilServersAsync(2);
        await there.ShouldHearAsync(one, "from one");
        await here.ShouldHearAsync(two, "from two");
        (await one.IO.FetchSocketsAsync()).Count.ShouldBe(2);
    }
}
