using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>Redis restarted, away, and suspended; a server that died without a word.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task Rooms_of_a_server_go_on_without_Redis_and_those_of_others_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        await using var two = await StartAsync(redis);
        await using var here = await Client.ConnectAsync(one.Url);
        await using var there = await Client.ConnectAsync(two.Url);
        (await HealthOfAsync(one)).ShouldBe(HealthStatus.Healthy);
        await redis.KillAsync();
        await Waiting.Until(() => LoggedBy(one, 2), "the loss was told");
        await one.IO.Local.EmitAsync("local");
        _ = one.IO.EmitAsync("lost or late");
        await here.ShouldReceive("[\"local\"]", "[\"lost or late\"]");
        (await HealthOfAsync(one)).ShouldBe(HealthStatus.Degraded);
        await Should.ThrowAsync<RedisException>(async () => await one.IO.FetchSocketsAsync());
        (await one.IO.Local.FetchSocketsAsync()).Single().Id.ShouldBe(here.Id);
        await redis.StartAgainAsync();
        await Waiting.Until(() => LoggedBy(one, 3) && LoggedBy(two, 3), "both were back");
        await UntilServersAsync(one, 2);
        await ShouldHearAsync(there, one, "again");
        (await HealthOfAsync(one)).ShouldBe(HealthStatus.Healthy);
        (await one.IO.FetchSocketsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_server_starts_without_Redis_and_is_one_of_many_when_it_comes()
    {
        await using var redis = RedisServer.Prepare();
        await using var one = await StorkMember.StartAsync(redis.Configuration, "k", static options => options.OpenTimeout = TimeSpan.Zero);
        await using var here = await Client.ConnectAsync(one.Url);
        await one.IO.EmitAsync("alone");
        await here.ShouldReceive("[\"alone\"]");
        one.Log.Entries.ShouldContain(static entry => entry.Category == "Stork.Redis" && entry.EventId == 4);
        await redis.StartAgainAsync();
        await using var two = await StartAsync(redis);
        await UntilServersAsync(two, 2);
        await ShouldHearAsync(here, two, "together");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_missing_and_nobody_waits_without_limit()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StorkMember.StartAsync(
            redis.Configuration, "k", static options => options.RequestTimeout = TimeSpan.FromMilliseconds(300));
        await using var node = await NodeMember.StartAsync(redis, "k");
        await using var here = await Client.ConnectAsync(one.Url);
        await UntilServersAsync(one, 2);
        await node.SuspendAsync();
        var found = await one.IO.FetchSocketsAsync();
        found.Select(static socket => socket.Id).ShouldBe([here.Id]);
        found.MissingServerCount.ShouldBe(1);
        var rooms = await one.Adapter.GetAllRoomsAsync();
        rooms.Names.ShouldBe([here.Id]);
        rooms.MissingServerCount.ShouldBe(1);
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(() => one.IO.ServerSideEmitWithAckAsync<int>("sum", 1, 2));
        failure.MissingServerCount.ShouldBe(1);
        var asking = one.IO.Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<int>("ask");
        await here.AcknowledgeAsync("[\"ask\"]", "[5]");
        failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(asking);
        failure.Responses.ShouldBe([5]);
        failure.MissingServerCount.ShouldBe(1);
        await node.ResumeAsync();
    }

    [Fact]
    public async Task Two_clusters_on_one_Redis_do_not_hear_of_each_other()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StorkMember.StartAsync(redis.Configuration, "shop");
        await using var two = await StorkMember.StartAsync(redis.Configuration, "shops");
        await using var here = await Client.ConnectAsync(one.Url);
        await using var there = await Client.ConnectAsync(two.Url);
        (await one.CountAsync()).ShouldBe(1);
        await one.IO.EmitAsync("for shop");
        await two.IO.EmitAsync("for shops");
        await one.IO.EmitAsync("end");
        await here.ShouldReceive("[\"for shop\"]", "[\"end\"]");
        await there.ShouldReceive("[\"for shops\"]");
    }

    [Fact]
    public async Task A_server_that_stops_is_not_counted_any_more()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        var two = await StartAsync(redis);
        await UntilServersAsync(one, 2);
        await two.StopAsync();
        await two.DisposeAsync();
        await UntilServersAsync(one, 1);
        (await one.IO.FetchSocketsAsync()).IsComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task Messages_beyond_the_limit_are_dropped_while_Redis_is_away()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StorkMember.StartAsync(redis.Configuration, "k", static options => options.MaxPendingMessages = 5);
        await using var here = await Client.ConnectAsync(one.Url);
        await redis.SuspendAsync();
        for (var i = 0; i < 20; i++) _ = one.IO.EmitAsync("to all");
        (await one.Log.WaitForAsync(17)).Message.ShouldContain("TooManyPending");
        for (var i = 0; i < 20; i++) await here.ShouldReceive("[\"to all\"]");
        await redis.ResumeAsync();
    }

    private static Task<StorkMember> StartAsync(RedisServer redis) => StorkMember.StartAsync(
        redis.Configuration, "k", services: static services => services.AddHealthChecks().AddStorkRedis());

    private static async Task<HealthStatus> HealthOfAsync(StorkMember member) =>
        (await member.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Status;

    private static bool LoggedBy(StorkMember member, int eventId) =>
        member.Log.Entries.Any(entry => entry.Category == "Stork.Redis" && entry.EventId == eventId);

    private static Task UntilServersAsync(StorkMember member, int count) =>
        Waiting.UntilAsync(async () => await TryCountAsync(member) == count, $"{count} servers knew of each other");

    private static async Task<int> TryCountAsync(StorkMember member)
    {
        try
        {
            return await member.CountAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return 0;
        }
    }

    /// <summary>Subscriptions come back one after the other, so the first events may be too early.</summary>
    private static async Task ShouldHearAsync(Client client, StorkMember from, string name)
    {
        var hearing = client.HearAsync($"42[\"{name}\"]");
        await Waiting.UntilAsync(EmitAsync, "the client heard of the other server");
        await hearing;

        async Task<bool> EmitAsync()
        {
            await from.IO.EmitAsync(name);
            return hearing.IsCompleted;
        }
    }
}
