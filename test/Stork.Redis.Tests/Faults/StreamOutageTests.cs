using StackExchange.Redis;
using Stork.Interop.Tests.Network;
using Stork.Redis.Tests.Recovery;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Faults;

/// <summary>Streams while Redis, or the way to it, is out of order; and entries that no server would write.</summary>
public sealed class StreamOutageTests
{
    private const string Key = "outage";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_others_wrote_while_a_server_was_cut_off_comes_in_order_and_once(bool recovers)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(redis.Port);
        await using var cut = await StartAsync($"127.0.0.1:{proxy.Url.Port}", recovers);
        await using var other = await StartAsync(redis.Configuration, recovers);
        await using var client = await RecoveringClient.ConnectAsync(cut.Url);
        await other.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        Sever(proxy);
        await Waiting.Until(() => Logged(cut, 2), "the loss was told");
        for (var i = 1; i <= 250; i++) await other.EmitAsync(Target.All, $"[\"meanwhile\",{i}]");
        proxy.Target = redis.Port;
        for (var i = 1; i <= 250; i++) await client.ShouldReceive($"[\"meanwhile\",{i}]");
        await other.EmitAsync(Target.All, """["after"]""");
        await client.ShouldReceive("""["after"]""");
        Logged(cut, 12).ShouldBeFalse();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rooms_of_a_server_go_on_while_Redis_is_away(bool recovers)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await StartAsync(redis.Configuration, recovers);
        await using var client = await RecoveringClient.ConnectAsync(server.Url, rooms: ["a"]);
        await redis.KillAsync();
        await Waiting.Until(() => Logged(server, 2), "the loss was told");
        for (var i = 0; i < 10; i++) await server.EmitAsync(Target.In("a"), $"[\"alone\",{i}]");
        for (var i = 0; i < 10; i++) await client.ShouldReceive($"[\"alone\",{i}]");
        await redis.StartAgainAsync();
        await using var other = await StartAsync(redis.Configuration, recovers);
        await Waiting.UntilAsync(async () => await TryCountAsync(server) == 2, "servers knew of each other");
        await other.EmitAsync(Target.In("a"), """["together"]""");
        while (await client.ReceiveEventAsync() is var next && next != """["together"]""") next.ShouldStartWith("[\"alone\"");
    }

    [Fact]
    public async Task A_stream_that_does_not_reach_back_is_told()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(redis.Port);
        await using var cut = await StartAsync($"127.0.0.1:{proxy.Url.Port}", recovers: false);
        await using var other = await StartAsync(redis.Configuration, recovers: false);
        await using var client = await RecoveringClient.ConnectAsync(cut.Url);
        await other.EmitAsync(Target.All, """["before"]""");
        await client.ShouldReceive("""["before"]""");
        Sever(proxy);
        await Waiting.Until(() => Logged(cut, 2), "the loss was told");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        for (var i = 0; i < 5; i++) await other.EmitAsync(Target.All, """["lost"]""");
        await Waiting.UntilAsync(async () => await connection.GetDatabase().StreamLengthAsync(Key) == 6, "all were in the stream");
        await connection.GetDatabase().StreamTrimAsync(Key, 0);
        await other.EmitAsync(Target.All, """["kept"]""");
        await Waiting.UntilAsync(
            async () => await connection.GetDatabase().StreamLengthAsync(Key) == 1, "another one was in the stream");
        proxy.Target = redis.Port;
        await client.ShouldReceive("""["kept"]""");
        await Waiting.Until(() => Logged(cut, 12), "the gap was told");
    }

    [Fact]
    public async Task Entries_that_are_malformed_are_dropped_and_do_no_harm()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await StartAsync(redis.Configuration, recovers: true);
        await using var client = await RecoveringClient.ConnectAsync(server.Url);
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var database = connection.GetDatabase();
        string[] hostile =
        [
            "", "{", "{}", "[]", "null", "!!!!", "AAAA", "3wAAAAA=", "{\"opts\":{}}", "{\"packet\":{}}",
            "{\"packet\":{\"data\":[]},\"opts\":{}}",
            "{\"packet\":{\"data\":[\"connect\"]},\"opts\":{}}", "{\"packet\":{\"data\":{}},\"opts\":{\"rooms\":1}}",
            "{\"packet\":{\"type\":2,\"data\":[\"e\"" + new string('[', 200) + new string(']', 200) + "]},\"opts\":{}}",
        ];
        foreach (var data in hostile)
        {
            // To disconnect everybody is well-formed.
            foreach (var type in Enumerable.Range(0, 15).Where(static type => type != (int)ClusterMessageType.DisconnectSockets))
                await database.StreamAddAsync(Key, [new("uid", "foreign"), new("nsp", "/"), new("type", type), new("data", data)]);
        }

        await database.StreamAddAsync(Key, "no", "entry of ours");
        await database.StreamAddAsync(Key, [new("nsp", "/"), new("type", "x"), new("data", "{}")]);
        await database.StreamAddAsync(
            Key,
            [
                new("uid", "emitter"), new("nsp", "/"), new("type", 3),
                new("data", """{"packet":{"type":2,"data":["well"],"nsp":"/"},"opts":{"rooms":[],"flags":{}}}"""),
            ]);
        await client.ShouldReceive("""["well"]""");
        Logged(server, 17).ShouldBeTrue();
    }

    [Fact]
    public async Task A_namespace_whose_stream_has_a_negative_number_is_told_of_and_works_between_Storks()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var one = await StartAsync(redis.Configuration, recovers: false, streams: 3);
        await using var two = await StartAsync(redis.Configuration, recovers: false, streams: 3);
        _ = one.IO.Of("/notifications");
        _ = two.IO.Of("/notifications");
        await using var client = await RecoveringClient.ConnectAsync(two.Url, nsp: "/notifications");
        await one.EmitAsync(Target.All with { Namespace = "/notifications" }, """["heard"]""");
        await client.ShouldReceive("""["heard"]""");
        Logged(one, 13).ShouldBeTrue();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        (await connection.GetDatabase().StreamLengthAsync(Key + "--2")).ShouldBe(1);
        // Where official servers would write if they did not take the sign for part of the name.
        await connection.GetDatabase().StreamAddAsync(
            Key + "-2",
            [
                new("uid", "emitter"), new("nsp", "/notifications"), new("type", 3),
                new("data", """{"packet":{"type":2,"data":["also"]},"opts":{"rooms":[],"flags":{}}}"""),
            ]);
        await client.ShouldReceive("""["also"]""");
    }

    /// <summary>Cuts what is behind the proxy off from Redis.</summary>
    private static void Sever(TcpProxy proxy)
    {
        proxy.Target = FreePort.Find();
        proxy.Cut();
    }

    private static bool Logged(StorkMember server, int id) =>
        server.Log.Entries.Any(entry => entry.EventId == id && entry.Category == (id == 17 ? "Stork" : "Stork.Redis"));

    private static async Task<int> TryCountAsync(StorkMember server)
    {
        try
        {
            return await server.CountAsync();
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return 0;
        }
    }

    private static Task<StorkMember> StartAsync(string redis, bool recovers, int streams = 1) => StorkMember.StartAsync(
        redis,
        Key,
        options => (options.Mode, options.Streams.StreamCount) = (RedisAdapterMode.Streams, streams),
        services =>
        {
            if (recovers) RecoveringServers.Add(services);
        });
}
