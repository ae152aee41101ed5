using System.Text;
using StackExchange.Redis;
using Stork.Redis.Tests.Faults;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Sharded;

/// <summary>Redis away and back, and what does not belong on its channels.</summary>
[Collection(nameof(Meters))]
public sealed class ShardedOutageTests
{
    [Fact]
    public async Task Rooms_of_a_server_go_on_without_Redis_and_those_of_others_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        await using var two = await StartAsync(redis);
        await using var here = await Client.ConnectAsync(one.Url, auth: """{"rooms":["before"]}""");
        var socket = one.IO.Sockets.Single();
        await redis.KillAsync();
        await Waiting.Until(() => LoggedBy(one, 2) && LoggedBy(two, 2), "the loss was told");
        await socket.JoinAsync("meanwhile").Within("a join without Redis");
        _ = one.IO.To("meanwhile").EmitAsync("local");
        await here.ShouldReceive("[\"local\"]");
        await redis.StartAgainAsync();
        // Channels come back one by one: that of all first or last, those of rooms from before and from meanwhile.
        foreach (var room in (string[])["before", "meanwhile", here.Id]) await ShouldHearAsync(here, two, room);
        await Waiting.UntilAsync(async () => await TryCountAsync(one) == 2, "both servers knew of each other");
        (await two.IO.FetchSocketsAsync()).Single().Id.ShouldBe(here.Id);
    }

    [Fact]
    public async Task A_server_starts_without_Redis_and_is_one_of_many_when_it_comes()
    {
        await using var redis = RedisServer.Prepare();
        await using var one = await StartAsync(redis, static options => options.OpenTimeout = TimeSpan.Zero);
        await using var here = await Client.ConnectAsync(one.Url, auth: """{"rooms":["red"]}""");
        LoggedBy(one, 4).ShouldBeTrue();
        await redis.StartAgainAsync();
        await using var two = await StartAsync(redis);
        await ShouldHearAsync(here, two, "red");
    }

    [Fact]
    public async Task A_join_does_not_wait_without_limit_for_a_Redis_that_hangs()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis, static options => options.OpenTimeout = TimeSpan.FromMilliseconds(300));
        await using var two = await StartAsync(redis);
        await using var here = await Client.ConnectAsync(one.Url);
        await redis.SuspendAsync();
        await one.IO.Sockets.Single().JoinAsync("red").Within("the limit");
        await one.IO.Local.To("red").EmitAsync("local");
        await here.ShouldReceive("[\"local\"]");
        await redis.ResumeAsync();
        await ShouldHearAsync(here, two, "red");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_missing()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis, static options => options.RequestTimeout = TimeSpan.FromMilliseconds(300));
        await using var foreign = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await using var here = await Client.ConnectAsync(one.Url);
        await foreign.GetSubscriber().SubscribeAsync(RedisChannel.Sharded("k#/#"));
        var found = await one.IO.FetchSocketsAsync();
        found.Select(static socket => socket.Id).ShouldBe([here.Id]);
        found.MissingServerCount.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_no_message_is_dropped_and_counted_and_does_no_harm()
    {
        using var meters = new Meters();
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis, static options => options.MaxMessageSize = 4096);
        await using var foreign = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await using var client = await Client.ConnectAsync(one.Url, auth: """{"rooms":["red"]}""");
        string[] malformed = ["", "{", "\u0092\u0001", "[]", """{"type":3}""", """{"type":4,"data":{"opts":[]},"uid":"a","nsp":"/"}"""];
        foreach (var message in malformed) await PublishAsync(foreign, "k#/#", Encoding.Latin1.GetBytes(message));
        await PublishAsync(foreign, "k#/#red#", """{"type":3,"data":{"packet":{"type":2,"data":["disconnect"]},"opts":{}},"uid":"a"}""");
        await PublishAsync(foreign, "k#/#red#", new byte[5000]);
        await Waiting.Until(
            () => meters.Dropped("Malformed") == malformed.Length + 1 && meters.Dropped("TooLarge") == 1,
            "all were counted",
            () => $"{meters.Dropped("Malformed")} and {meters.Dropped("TooLarge")}");
        await ShouldBeWellAsync(foreign, client);
        one.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    // Of another namespace, kinds that there are not, those of adapters with heartbeats, answers that nobody awaits.
    [InlineData("""{"type":3,"data":{"packet":{"type":2,"data":["no"]},"opts":{"rooms":[]}},"uid":"a","nsp":"/x"}""")]
    [InlineData("""{"type":99,"data":{},"uid":"a","nsp":"/"}""")]
    [InlineData("""{"type":1,"uid":"a","nsp":"/"}""")]
    [InlineData("""{"type":13,"uid":"a","nsp":"/"}""")]
    [InlineData("""{"type":8,"data":{"requestId":"unknown","sockets":[5]},"uid":"a","nsp":"/"}""")]
    [InlineData("""{"type":11,"data":{"requestId":"unknown","clientCount":-1},"uid":"a","nsp":"/"}""")]
    public async Task What_concerns_nobody_here_is_left_alone(string message)
    {
        using var meters = new Meters();
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        await using var foreign = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await using var client = await Client.ConnectAsync(one.Url, auth: """{"rooms":["red"]}""");
        var all = await foreign.GetSubscriber().SubscribeAsync(RedisChannel.Sharded("k#/#"));
        await PublishAsync(foreign, "k#/#", message);
        await ShouldBeWellAsync(foreign, client);
        meters.Dropped("Malformed").ShouldBe(0);
        all.TryRead(out _).ShouldBeTrue();
        all.TryRead(out _).ShouldBeTrue();
        all.TryRead(out _).ShouldBeFalse("nobody answers");
    }

    [Fact]
    public async Task Two_clusters_on_one_Redis_do_not_hear_of_each_other()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        await using var two = await StartAsync(redis, static options => options.KeyPrefix = "k2");
        await using var here = await Client.ConnectAsync(one.Url, auth: """{"rooms":["red"]}""");
        await using var there = await Client.ConnectAsync(two.Url, auth: """{"rooms":["red"]}""");
        (await one.CountAsync()).ShouldBe(1);
        await one.IO.To("red").EmitAsync("for k");
        await two.IO.To("red").EmitAsync("for k2");
        await here.ShouldReceive("[\"for k\"]");
        await there.ShouldReceive("[\"for k2\"]");
    }

    [Fact]
    public async Task A_server_that_stops_is_not_counted_and_leaves_no_subscription_behind()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis);
        var two = await StartAsync(redis);
        var there = await Client.ConnectAsync(two.Url, auth: """{"rooms":["red"]}""");
        await Waiting.UntilAsync(async () => await one.CountAsync() == 2, "both were there");
        var stopping = two.StopAsync();
        await there.DisposeAsync();
        await stopping;
        await two.DisposeAsync();
        await Waiting.UntilAsync(async () => await one.CountAsync() == 1, "it was not counted any more");
        await using var foreign = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var channels = (string[])(await foreign.GetServers().Single().ExecuteAsync("PUBSUB", "SHARDCHANNELS", "k#/#*"))!;
        channels.Length.ShouldBe(2, "those of the server that is left");
    }

    internal static async Task ShouldHearAsync(Client client, StorkMember from, string room)
    {
        var hearing = client.HearAsync($"42[\"for {room}\"]");
        await Waiting.UntilAsync(EmitAsync, $"the client in {room} heard of the other server");
        await hearing;

        async Task<bool> EmitAsync()
        {
            await from.IO.To(room).EmitAsync($"for {room}");
            return hearing.IsCompleted;
        }
    }

    internal static async Task<int> TryCountAsync(StorkMember member)
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

    private static Task<StorkMember> StartAsync(RedisServer redis, Action<RedisAdapterOptions>? configure = null) =>
        StorkMember.StartAsync(redis.Configuration, "k", options =>
        {
            options.Mode = RedisAdapterMode.Sharded;
            configure?.Invoke(options);
        });

    private static bool LoggedBy(StorkMember member, int eventId) =>
        member.Log.Entries.Any(entry => entry.Category == "Stork.Redis" && entry.EventId == eventId);

    private static Task<long> PublishAsync(ConnectionMultiplexer foreign, string channel, string message) =>
        PublishAsync(foreign, channel, Encoding.UTF8.GetBytes(message));

    private static Task<long> PublishAsync(ConnectionMultiplexer foreign, string channel, byte[] message) =>
        foreign.GetSubscriber().PublishAsync(RedisChannel.Sharded(channel), message);

    private static async Task ShouldBeWellAsync(ConnectionMultiplexer foreign, Client client)
    {
        await PublishAsync(foreign, "k#/#", """{"type":3,"data":{"packet":{"type":2,"data":["well"]},"opts":{"rooms":[]}},"uid":"a"}""");
        await client.ShouldReceive("[\"well\"]");
    }
}
