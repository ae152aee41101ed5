using System.Net.WebSockets;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Recovery;

/// <summary>Clients that come back to another server than the one they were connected to.</summary>
public sealed class AnyServerTests
{
    private const string Key = "recovery";

    [Fact]
    public async Task A_client_gets_what_it_missed_in_order_and_once_on_another_server()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis);
        await using var second = await StartAsync(redis);
        await using var client = await RecoveringClient.ConnectAsync(first.Url, "ann", ["a", "b"]);
        await first.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        await client.LoseConnectionAsync();
        await SendAsync(redis, second, Target.All, """["missed",1]""");
        await SendAsync(redis, first, Target.In("a"), """["missed",2]""");
        await SendAsync(redis, second, Target.In("c"), """["not for it"]""");
        await SendAsync(redis, second, Target.In("a", "b"), """["missed",3]""");
        await SendAsync(redis, second, new Target(["a"], ["b"]), """["not for it either"]""");
        await SendAsync(redis, first, Target.In(client.Id), """["missed",4]""");
        await second.EmitVolatileAsync(Target.All, """["volatile"]""");
        var id = client.Id;
        var (missed, isRecovered) = await client.ReturnAsync(second.Url);
        missed.ShouldBe(["""["missed",1]""", """["missed",2]""", """["missed",3]""", """["missed",4]"""]);
        isRecovered.ShouldBeTrue();
        client.Id.ShouldBe(id);
        await first.EmitAsync(Target.In("b"), """["after",5]""");
        await client.ShouldReceive("""["after",5]""");
        var socket = second.IO.Sockets.Single();
        socket.Recovered.ShouldBeTrue();
        socket.Rooms.Order().ShouldBe(new[] { id, "a", "b" }.Order());
        socket.Data["name"].ShouldBe("ann");
        socket.Data["file"].ShouldBe(new byte[] { 1, 2 });
    }

    [Fact]
    public async Task An_official_server_takes_over_a_client_of_Stork()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var stork = await StartAsync(redis);
        await using var node = await NodeMember.StartAsync(redis, Key, "streams", "recover");
        await UntilBothAsync(stork, node);
        await using var client = await RecoveringClient.ConnectAsync(stork.Url, "ann", ["a"]);
        var id = client.Id;
        await stork.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        await client.LoseConnectionAsync();
        await UntilAwayAsync(redis, client.Pid);
        await SendAsync(redis, stork, Target.In("a"), """["missed",1]""");
        await SendAsync(redis, node, Target.All, """["missed",2]""");
        await SendAsync(redis, stork, Target.In("b"), """["not for it"]""");
        await SendAsync(redis, node, Target.In("a"), """["missed",3]""");
        var (missed, isRecovered) = await client.ReturnAsync(node.Url);
        missed.ShouldBe(["""["missed",1]""", """["missed",2]""", """["missed",3]"""]);
        isRecovered.ShouldBeTrue();
        client.Id.ShouldBe(id);
        await stork.EmitAsync(Target.In("a"), """["after",4]""");
        await client.ShouldReceive("""["after",4]""");
        var found = (await stork.FetchAsync(Target.In("a"))).Single();
        found.Id.ShouldBe(id);
        found.Name.ShouldBe("ann");
    }

    [Fact]
    public async Task Stork_takes_over_a_client_of_an_official_server_and_gives_it_back()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var stork = await StartAsync(redis);
        await using var node = await NodeMember.StartAsync(redis, Key, "streams", "recover");
        await UntilBothAsync(stork, node);
        await using var client = await RecoveringClient.ConnectAsync(node.Url, "ann", ["a"]);
        var id = client.Id;
        await node.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        await client.LoseConnectionAsync();
        await UntilAwayAsync(redis, client.Pid);
        await SendAsync(redis, node, Target.In("a"), """["missed",1]""");
        await SendAsync(redis, stork, Target.All, """["missed",2]""");
        var (missed, isRecovered) = await client.ReturnAsync(stork.Url);
        missed.ShouldBe(["""["missed",1]""", """["missed",2]"""]);
        isRecovered.ShouldBeTrue();
        client.Id.ShouldBe(id);
        var socket = stork.IO.Sockets.Single();
        socket.Rooms.Order().ShouldBe(new[] { id, "a" }.Order());
        socket.Data["name"].ShouldBe("ann");
        await client.LoseConnectionAsync();
        await UntilAwayAsync(redis, client.Pid);
        await SendAsync(redis, stork, Target.In("a"), """["missed",3]""");
        (missed, isRecovered) = await client.ReturnAsync(node.Url);
        missed.ShouldBe(["""["missed",3]"""]);
        isRecovered.ShouldBeTrue();
        client.Id.ShouldBe(id);
    }

    [Fact]
    public async Task Of_two_that_come_back_with_one_session_one_has_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis);
        await using var second = await StartAsync(redis);
        await using var client = await RecoveringClient.ConnectAsync(first.Url, "ann", ["a"]);
        await first.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        await using var twin = client.Clone();
        await client.LoseConnectionAsync();
        var id = client.Id;
        var returns = await Task.WhenAll(client.ReturnAsync(first.Url), twin.ReturnAsync(second.Url));
        returns.ShouldContain(static it => it.IsRecovered);
        // Where both were, the later one has taken it from the other, whose server learns of it when it has something to save.
        foreach (var socket in Sockets()) await socket.JoinAsync("b");
        await Waiting.Until(() => Sockets().Count(socket => socket.Id == id) == 1, "one had the session");

        IEnumerable<Socket> Sockets() => first.IO.Sockets.Concat(second.IO.Sockets);
    }

    [Fact]
    public async Task Who_comes_back_before_its_server_has_noticed_gets_its_session_and_the_former_connection_ends()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis);
        await using var second = await StartAsync(redis);
        await using var client = await RecoveringClient.ConnectAsync(first.Url, "ann", ["a"]);
        await first.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        await UntilSavedAsync(redis);
        await using var back = client.Clone();
        (await back.ReturnAsync(second.Url)).IsRecovered.ShouldBeTrue();
        // The former server learns of it when it next has something to save.
        await first.IO.Sockets.Single().JoinAsync("b");
        await Should.ThrowAsync<WebSocketException>(client.ReceiveAsync);
        await Waiting.Until(() => first.IO.Sockets.Count == 0, "the former socket had ended");
        await first.EmitAsync(Target.In("a"), """["after",1]""");
        await back.ShouldReceive("""["after",1]""");
    }

    [Theory]
    [InlineData("99999999999999-0")]
    [InlineData("18446744073709551615-18446744073709551615")]
    [InlineData("-1-0")]
    [InlineData("1-0 ")]
    [InlineData("$")]
    [InlineData("+")]
    public async Task An_offset_that_no_server_gave_out_recovers_nothing(string offset)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await StartAsync(redis);
        await using var client = await RecoveringClient.ConnectAsync(server.Url);
        await server.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        client.Offset = offset;
        var (missed, isRecovered) = await client.ReturnAsync(server.Url);
        missed.ShouldBeEmpty();
        isRecovered.ShouldBeFalse();
    }

    [Fact]
    public async Task An_early_offset_shows_nothing_from_before_the_session_or_before_a_room_was_joined()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis);
        await using var second = await StartAsync(redis);
        await first.EmitAsync(Target.All, """["before the session"]""");
        await using var other = await RecoveringClient.ConnectAsync(first.Url);
        await first.EmitAsync(Target.All, """["of another"]""");
        await other.ShouldReceive("""["of another"]""");
        await using var client = await RecoveringClient.ConnectAsync(first.Url);
        await first.EmitAsync(Target.In("a"), """["before the join"]""");
        await first.EmitAsync(Target.All, """["one"]""");
        await client.ShouldReceive("""["one"]""");
        await first.JoinAsync(Target.In(client.Id), "a");
        await first.EmitAsync(Target.In("a"), """["two"]""");
        await client.ShouldReceive("""["two"]""");
        await first.LeaveAsync(Target.In(client.Id), "a");
        await first.EmitAsync(Target.In("a"), """["behind the leave"]""");
        await first.EmitAsync(Target.All, """["three"]""");
        await client.ShouldReceive("""["three"]""");
        await client.LoseConnectionAsync();
        await UntilAwayAsync(redis, client.Pid);
        client.Offset = "1-0";
        var (missed, isRecovered) = await client.ReturnAsync(second.Url);
        missed.ShouldBe(["""["one"]""", """["two"]""", """["three"]"""]);
        isRecovered.ShouldBeTrue();
    }

    [Fact]
    public async Task Another_user_does_not_get_the_session()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis, static _ => "ann");
        await using var second = await StartAsync(redis, static _ => "bob");
        await using var client = await RecoveringClient.ConnectAsync(first.Url);
        await first.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        await client.LoseConnectionAsync();
        await UntilAwayAsync(redis, client.Pid);
        (await client.ReturnAsync(second.Url)).IsRecovered.ShouldBeFalse();
    }

    [Fact]
    public async Task Who_missed_more_than_may_be_replayed_connects_anew()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var first = await StartAsync(redis);
        await using var second = await StartAsync(redis, maxReplayEvents: 3);
        await using var client = await RecoveringClient.ConnectAsync(first.Url);
        await first.EmitAsync(Target.All, """["before",0]""");
        await client.ShouldReceive("""["before",0]""");
        await client.LoseConnectionAsync();
        await UntilAwayAsync(redis, client.Pid);
        for (var i = 0; i < 4; i++) await SendAsync(redis, first, Target.All, $"[\"missed\",{i}]");
        var (missed, isRecovered) = await client.ReturnAsync(second.Url);
        missed.ShouldBeEmpty();
        isRecovered.ShouldBeFalse();
    }

    [Fact]
    public async Task What_a_server_sends_and_does_behind_it_keeps_its_order()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await StartAsync(redis);
        await using var client = await RecoveringClient.ConnectAsync(server.Url, "ann", ["a"]);
        var socket = server.IO.Sockets.Single();
        for (var i = 0; i < 20; i++)
        {
            _ = server.IO.In("a").SocketsJoinAsync("b");
            _ = server.IO.To("b").EmitAsync("joined", i);
            _ = server.IO.In("a").SocketsLeaveAsync("b");
            _ = server.IO.To("b").EmitAsync("left", i);
            await client.ShouldReceive($"[\"joined\",{i}]");
        }

        _ = socket.EmitAsync("to one", 1);
        _ = server.IO.To("a").EmitAsync("to the room", 2);
        _ = socket.LeaveAsync("a");
        await Waiting.Until(() => socket.Rooms.Count == 1, "the socket had left the room");
        _ = server.IO.To("a").EmitAsync("left", 3);
        _ = socket.EmitAsync("bye", 4);
        _ = socket.DisconnectAsync();
        await client.ShouldReceive("""["to one",1]""", """["to the room",2]""", """["bye",4]""");
        (await client.ReceiveAsync()).ShouldBe("41");
    }

    private static Task<StorkMember> StartAsync(
        RedisServer redis, Func<Socket, string?>? identity = null, int maxReplayEvents = 1_000) => StorkMember.StartAsync(
        redis.Configuration,
        Key,
        static options => options.Mode = RedisAdapterMode.Streams,
        services => services.Configure<SocketIOOptions>(options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions
        {
            SkipMiddlewares = true,
            Identity = identity,
            MaxReplayEvents = maxReplayEvents,
        }));

    private static Task UntilBothAsync(StorkMember stork, NodeMember node) => Waiting.UntilAsync(
        async () => await stork.CountAsync() == 2 && await node.CountAsync() == 2, "both servers knew of each other");

    /// <summary>Emits, and waits until it is in the stream: what several servers emit has no order before.</summary>
    private static async Task SendAsync(RedisServer redis, IMember member, Target target, string arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var database = connection.GetDatabase();
        var before = await database.StreamLengthAsync(Key);
        await member.EmitAsync(target, arguments);
        await Waiting.UntilAsync(async () => await database.StreamLengthAsync(Key) > before, $"{arguments} was in the stream");
    }

    /// <summary>The server has noticed that the client is gone.</summary>
    private static async Task UntilAwayAsync(RedisServer redis, string pid)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await Waiting.UntilAsync(
            async () => await connection.GetDatabase().KeyExistsAsync("sio:session:" + pid), "the session was left for others");
    }

    private static async Task UntilSavedAsync(RedisServer redis)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        await Waiting.UntilAsync(
            async () => await connection.GetServers().Single().KeysAsync(pattern: "stork:*").AnyAsync(), "the session was saved");
    }
}
