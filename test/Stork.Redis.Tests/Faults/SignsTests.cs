using Microsoft.Extensions.Diagnostics.HealthChecks;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>What whoever runs a server sees of what is out of order: health, meters, and logs.</summary>
[Collection(nameof(Meters))]
public sealed class SignsTests
{
    [Fact]
    public async Task An_outage_shows_in_health_meters_and_logs()
    {
        using var dropped = new Meters();
        using var meters = new RedisMeters();
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Observing.StartAsync($"{redis.Configuration},asyncTimeout=300");
        await using var here = await Client.ConnectAsync(one.Url);
        one.HasLogged(1).ShouldBeTrue();
        (await one.HealthAsync()).ShouldBe(HealthStatus.Healthy);
        await redis.KillAsync();
        await Waiting.Until(() => one.HasLogged(2, "Interactive") && one.HasLogged(2, "Subscription"), "both losses were told");
        meters["stork.redis.connections.lost Interactive"].ShouldBe(1);
        meters["stork.redis.connections.lost Subscription"].ShouldBe(1);
        (await one.HealthAsync()).ShouldBe(HealthStatus.Degraded);
        await one.IO.EmitAsync("lost for others");
        await one.IO.EmitAsync("also");
        await Waiting.Until(() => dropped.Dropped("NotSent") == 2, "both were given up");
        one.Log.Of(18).Count().ShouldBe(1, "each kind of trouble is told once a minute");
        await redis.StartAgainAsync();
        await Waiting.Until(() => one.HasLogged(3, "Interactive") && one.HasLogged(3, "Subscription"), "both were told to be back");
        await Waiting.UntilAsync(async () => await one.HealthAsync() == HealthStatus.Healthy, "the server was well");
    }

    [Fact]
    public async Task What_is_said_in_an_outage_that_is_longer_than_messages_wait_is_lost_for_others_and_told()
    {
        const int Count = 10;
        using var dropped = new Meters();
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Observing.StartAsync($"{redis.Configuration},asyncTimeout=300");
        await using var two = await Observing.StartAsync(redis.Configuration);
        await using var here = await Client.ConnectAsync(one.Url);
        await using var there = await Client.ConnectAsync(two.Url);
        await one.UntilServersAsync(2);
        await redis.KillAsync();
        await Waiting.Until(() => one.HasLogged(2), "the loss was told");
        for (var i = 0; i < Count; i++) await one.IO.EmitAsync("lost");
        await Waiting.Until(() => dropped.Dropped("NotSent") == Count, "all were given up");
        await redis.StartAgainAsync();
        await one.UntilServersAsync(2);
        for (var i = 0; i < Count; i++) await here.ShouldReceive("[\"lost\"]");
        var hearing = there.ReceiveAsync();
        await Waiting.Until(Emit, "the client heard of the other server");
        (await hearing).ShouldBe("42[\"again\"]");

        bool Emit()
        {
            _ = one.IO.EmitAsync("again");
            return hearing.IsCompleted;
        }
    }

    [Fact]
    public async Task A_server_that_is_too_slow_shows_what_waits_and_what_is_dropped()
    {
        using var dropped = new Meters();
        using var meters = new RedisMeters();
        using var gate = new ManualResetEventSlim();
        await using var redis = await RedisServer.StartAsync();
        await using var slow = await Observing.StartAsync(redis.Configuration, static options => options.MaxQueuedBytes = 64 * 1024);
        await using var fast = await Observing.StartAsync(redis.Configuration);
        slow.IO.OnServerSide("block", _ => gate.Wait(Patience.Limit).ShouldBeTrue());
        await using var there = await Client.ConnectAsync(slow.Url);
        await fast.UntilServersAsync(2);
        await fast.IO.ServerSideEmitAsync("block");
        var much = new string('x', 16 * 1024);
        for (var i = 0; i < 10; i++) await fast.IO.To("a room of nobody", "another one").EmitAsync("much", much);
        await Waiting.Until(() => dropped.Dropped("TooManyPending") > 0, "messages were dropped");
        meters["stork.redis.queued"].ShouldBeInRange(32 * 1024, 128 * 1024);
        (await slow.Log.WaitForAsync(17)).Message.ShouldContain("MaxQueuedBytes");
        gate.Set();
        await Waiting.Until(() => meters["stork.redis.queued"] == 0, "all was handled");
        await there.ShouldHearAsync(fast, "again");
    }
}
