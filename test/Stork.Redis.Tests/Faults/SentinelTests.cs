using Microsoft.Extensions.Diagnostics.HealthChecks;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>A Redis that Sentinel watches: servers ask it for the primary, and follow when that is another one.</summary>
public sealed class SentinelTests
{
    [Fact]
    public async Task Rooms_go_on_over_the_new_primary_when_the_old_one_was_killed()
    {
        await using var redis = await SentinelCluster.StartAsync();
        await using var one = await Observing.StartAsync(redis.Configuration);
        await using var two = await Observing.StartAsync(redis.Configuration);
        await using var here = await Client.ConnectAsync(one.Url);
        await using var there = await Client.ConnectAsync(two.Url);
        await one.UntilServersAsync(2);
        await redis.First.KillAsync();
        await Waiting.Until(() => one.HasLogged(2) && two.HasLogged(2), "the loss was told");
        await one.IO.Local.EmitAsync("local");
        await here.ShouldReceive("[\"local\"]");
        await ShouldBeTogetherAsync(one, two, here, there);
        // The former primary comes back: nobody takes it for the primary, and nothing comes twice by a replica.
        await redis.RestartFirstAsync();
        await ShouldBeTogetherAsync(one, two, here, there);
        await redis.FailOverAsync();
        await redis.UntilFirstIsPrimaryAsync();
        await ShouldBeTogetherAsync(one, two, here, there);
    }

    [Fact]
    public async Task A_server_that_starts_before_Sentinel_is_one_of_many_when_it_comes()
    {
        await using var redis = await SentinelCluster.PrepareAsync();
        await using var one = await Observing.StartAsync(redis.Configuration);
        // Clients wait, and are not refused.
        await using var here = await Client.DialAsync(one.Url);
        await Waiting.Until(() => one.HasLogged(9), "it was told");
        (await one.HealthAsync()).ShouldBe(HealthStatus.Degraded);
        await redis.StartSentinelAsync();
        here.ReadConnect(await here.ReceiveAsync());
        await using var two = await Observing.StartAsync(redis.Configuration);
        await using var there = await Client.ConnectAsync(two.Url);
        await ShouldBeTogetherAsync(one, two, here, there);
    }

    private static async Task ShouldBeTogetherAsync(StorkMember one, StorkMember two, Client here, Client there)
    {
        await one.UntilServersAsync(2);
        await two.UntilServersAsync(2);
        var name = Guid.NewGuid().ToString("N");
        await there.ShouldHearAsync(one, name);
        await here.ShouldHearAsync(two, name + "!");
        await ShouldHearOnceAsync(there, one, name);
        await ShouldHearOnceAsync(here, two, name);
        (await one.IO.FetchSocketsAsync()).Select(static socket => socket.Id).ShouldBe([here.Id, there.Id], ignoreOrder: true);
        await Waiting.UntilAsync(async () => await one.HealthAsync() == HealthStatus.Healthy, "the server was well");
    }

    private static async Task ShouldHearOnceAsync(Client client, StorkMember from, string name)
    {
        const int Count = 20;
        await from.IO.EmitAsync("now " + name);
        for (var i = 0; i < Count; i++) await from.IO.EmitAsync(name, i);
        await client.HearAsync($"42[\"now {name}\"]");
        var numbered = new List<string>();
        while (numbered.Count < Count)
        {
            var packet = await client.ReceiveAsync();
            // What was emitted while there was no primary, to find out whether there is one, may come late.
            if (packet.StartsWith($"42[\"{name}\",", StringComparison.Ordinal)) numbered.Add(packet);
        }

        numbered.ShouldBe(Enumerable.Range(0, Count).Select(i => $"42[\"{name}\",{i}]"));
    }
}
