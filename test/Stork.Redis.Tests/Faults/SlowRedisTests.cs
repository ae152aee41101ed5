using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;
using Stork.Interop.Tests.Network;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>A Redis that takes its time, hangs for a while, or is away for longer than messages wait.</summary>
public sealed class SlowRedisTests
{
    /// <summary>So long StackExchange.Redis waits for an answer, instead of 5 s.</summary>
    private const string Impatient = "asyncTimeout=300";

    [Fact]
    public async Task Over_a_slow_network_all_is_as_it_was_and_in_order()
    {
        const int Count = 50;
        await using var redis = await RedisServer.StartAsync();
        await using var network = new TcpProxy(redis.Port) { Delay = TimeSpan.FromMilliseconds(30) };
        await using var one = await Observing.StartAsync($"127.0.0.1:{network.Url.Port}");
        await using var two = await Observing.StartAsync(redis.Configuration);
        await using var here = await Client.ConnectAsync(one.Url, auth: """{"rooms":["both"]}""");
        await using var there = await Client.ConnectAsync(two.Url, auth: """{"rooms":["both"]}""");
        await one.UntilServersAsync(2);
        for (var i = 0; i < Count; i++)
        {
            // A join on one channel, an event on another one: whoever is in the room since just now gets it.
            _ = one.IO.In("both").SocketsJoinAsync($"room {i}");
            _ = one.IO.To($"room {i}").EmitAsync("event", i);
        }

        for (var i = 0; i < Count; i++) await there.ShouldReceive($"[\"event\",{i}]");
        for (var i = 0; i < Count; i++) await here.ShouldReceive($"[\"event\",{i}]");
        (await one.IO.FetchSocketsAsync()).Count.ShouldBe(2);
        (await two.IO.FetchSocketsAsync()).Count.ShouldBe(2);
        (await one.HealthAsync()).ShouldBe(HealthStatus.Healthy);
        one.Log.Of(17).ShouldBeEmpty();
        one.Log.Of(18).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_said_to_a_Redis_that_hung_arrives_when_it_goes_on()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await Observing.StartAsync(
            $"{redis.Configuration},{Impatient}", static options => options.RequestTimeout = TimeSpan.FromSeconds(1));
        await using var two = await Observing.StartAsync(redis.Configuration);
        await using var here = await Client.ConnectAsync(one.Url);
        await using var there = await Client.ConnectAsync(two.Url);
        await one.UntilServersAsync(2);
        await redis.SuspendAsync();
        for (var i = 0; i < 10; i++) _ = one.IO.EmitAsync("event", i);
        for (var i = 0; i < 10; i++) await here.ShouldReceive($"[\"event\",{i}]");
        await ShouldFailAsync(one.IO.FetchSocketsAsync().AsTask());
        await ShouldFailAsync(one.Adapter.GetAllRoomsAsync().AsTask());
        await ShouldFailAsync(one.IO.ServerSideEmitWithAckAsync<int>("sum", 1, 2));
        (await one.IO.Local.FetchSocketsAsync()).Single().Id.ShouldBe(here.Id);
        (await one.HealthAsync()).ShouldBe(HealthStatus.Degraded);
        (await one.Log.WaitForAsync(18)).Exception.ShouldNotBeNull();
        await redis.ResumeAsync();
        for (var i = 0; i < 10; i++) await there.ShouldReceive($"[\"event\",{i}]");
        await one.UntilServersAsync(2);
        await Waiting.UntilAsync(async () => await one.HealthAsync() == HealthStatus.Healthy, "the server was well");
    }

    [Fact]
    public async Task A_server_stops_though_Redis_hangs()
    {
        await using var redis = await RedisServer.StartAsync();
        var one = await Observing.StartAsync(redis.Configuration);
        await using var here = await Client.ConnectAsync(one.Url);
        await redis.SuspendAsync();
        await one.StopAsync();
        await one.DisposeAsync().Within("the end of the server");
        await redis.ResumeAsync();
    }

    /// <summary>Redis does not answer; or the library has given the connection up meanwhile.</summary>
    private static async Task ShouldFailAsync(Task request)
    {
        var failure = await Should.ThrowAsync<Exception>(request.Within("the end of the request"));
        (failure is TimeoutException or RedisException).ShouldBeTrue(failure.ToString());
        request.IsCompleted.ShouldBeTrue();
    }
}
