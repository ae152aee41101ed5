using System.Text;

namespace Stork.Adapter.Tests;

/// <summary>What foreign processes may write on the bus.</summary>
[Collection(nameof(Meters))]
public sealed class HostileTests
{
    public static TheoryData<string, ClusterMessage> Malformed => new()
    {
        { "no array", Event("{}") },
        { "no JSON", Event("[\"a\",") },
        { "nothing", Event("") },
        { "no name", Event("[]") },
        { "null for a name", Event("[null]") },
        { "more behind it", Event("[\"a\"] 1") },
        { "a reserved name", Event("[\"disconnect\"]") },
        { "a reserved name, escaped", Event("[\"\\u0064\\u0069sconnect\"]") },
        { "not UTF-8", Event("[\"a\"]") with { Event = new JsonPayload(new byte[] { (byte)'[', (byte)'"', 0xff, (byte)'"', (byte)']' }) } },
        { "too deep", Event("[\"a\"," + new string('[', 100) + new string(']', 100) + "]") },
        { "a placeholder of nothing", Event("[\"a\",{\"_placeholder\":true,\"num\":3}]", 1) },
        { "too many attachments", Event("[\"a\"]", 11) },
        { "a negative number of clients", new ClusterClientCount { ServerId = "x", RequestId = "r", Count = -1 } },
        { "an endless id", new ClusterHello { ServerId = new string('x', 300) } },
        { "an answer that is none", new ClusterClientAnswer { ServerId = "x", RequestId = "r", Value = Text("[") } },
        { "a server event without a name", new ClusterServerEvent { ServerId = "x", Event = Text("[5]") } },
        { "a server event that is none", new ClusterServerEvent { ServerId = "x", Event = Text("5") } },
        { "data that are no object", new ClusterSocketsFetched { ServerId = "x", RequestId = "r", Sockets = [Found("[]")] } },
        { "data that are no JSON", new ClusterSocketsFetched { ServerId = "x", RequestId = "r", Sockets = [Found("{")] } },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task A_malformed_message_is_dropped_counted_and_logged(string what, ClusterMessage message)
    {
        using var meters = new Meters();
        var bus = new Bus();
        await using var server = await Server.StartAsync(bus);
        await using var client = await Client.ConnectAsync(server.Url);
        bus.Publish("/", "", null, BusFormat.Write(message));
        bus.Publish("/", "", null, BusFormat.Write(message));
        bus.Publish("/", "", null, BusFormat.Write(Event("[\"good\"]")));
        await client.ShouldReceive("[\"good\"]");
        meters.Dropped("Malformed").ShouldBe(2, what);
        server.Log.Of(17).Count().ShouldBe(1, "each kind of trouble is told once a minute");
        server.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_dropped()
    {
        using var meters = new Meters();
        var bus = new Bus();
        await using var server = await Server.StartAsync(bus);
        await using var client = await Client.ConnectAsync(server.Url);
        bus.Publish("/", "", null, []);
        bus.Publish("/", "", null, "GET / HTTP/1.1"u8.ToArray());
        bus.Publish("/", "", null, [3, 1, 65, 255, 255, 255, 255]);
        bus.Publish("/", "", null, BusFormat.Write(Event("[\"good\"]")));
        await client.ShouldReceive("[\"good\"]");
        meters.Dropped("Malformed").ShouldBe(3);
    }

    [Fact]
    public async Task Random_bytes_and_broken_messages_do_no_harm()
    {
        var bus = new Bus();
        await using var server = await Server.StartAsync(bus);
        await using var client = await Client.ConnectAsync(server.Url);
        var random = new Random(20261127);
        var good = BusFormat.Write(Event("[\"x\",{\"_placeholder\":true,\"num\":0}]", 1));
        for (var i = 0; i < 2_000; i++)
        {
            var bytes = i % 2 == 0 ? new byte[random.Next(64)] : [.. good];
            // The kind of a broken one stays one that no client hears of.
            if (i % 2 == 0) random.NextBytes(bytes);
            else bytes[random.Next(1, bytes.Length)] ^= (byte)(1 << random.Next(8));
            if (bytes.Length > 0) bytes[0] = (byte)(i % 2 == 0 ? 9 : 7);
            bus.Publish("/", "", null, bytes);
        }

        bus.Publish("/", "", null, BusFormat.Write(Event("[\"good\"]")));
        await client.ShouldReceive("[\"good\"]");
        server.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_beyond_the_limit_is_dropped_unread()
    {
        using var meters = new Meters();
        var bus = new Bus();
        var options = Server.Patient();
        options.MaxMessageSize = 1024;
        await using var server = await Server.StartAsync(bus, options);
        await using var client = await Client.ConnectAsync(server.Url);
        bus.Publish("/", "", null, BusFormat.Write(Event($"[\"{new string('x', 1024)}\"]")));
        bus.Publish("/", "", null, BusFormat.Write(Event("[\"good\"]")));
        await client.ShouldReceive("[\"good\"]");
        meters.Dropped("TooLarge").ShouldBe(1);
        server.Log.Of(17).Single().Message.ShouldContain("TooLarge");
    }

    [Theory]
    [InlineData("")]
    [InlineData(ClusterMessage.EmitterId)]
    public async Task Processes_that_only_emit_reach_clients_and_are_no_members(string id)
    {
        var bus = new Bus();
        var seen = 0;
        await using var server = await Server.StartAsync(bus, setUp: io => io.OnServerSide("news", _ => Interlocked.Increment(ref seen)));
        await using var client = await Client.ConnectAsync(server.Url);
        foreach (ClusterMessage message in (ClusterMessage[])[
            Event("[\"hello\",1]") with { ServerId = id, RequestId = "nobody hears the answer" },
            new ClusterJoin { ServerId = id, Options = BroadcastOptions.All, Rooms = ["red"] },
            Event("[\"to red\"]") with { ServerId = id, Options = BroadcastOptions.All with { Rooms = ["red"] } },
            new ClusterLeave { ServerId = id, Options = BroadcastOptions.All, Rooms = ["red"] },
            Event("[\"to nobody\"]") with { ServerId = id, Options = BroadcastOptions.All with { Rooms = ["red"] } },
            new ClusterFetchSockets { ServerId = id, Options = BroadcastOptions.All, RequestId = "r" },
            new ClusterServerEvent { ServerId = id, Event = Text("[\"news\"]"), RequestId = "r" },
            new ClusterDisconnect { ServerId = id, Options = BroadcastOptions.All },
        ])
        {
            bus.Publish("/", id, null, BusFormat.Write(message));
        }

        await client.ShouldReceive("[\"hello\",1]", "[\"to red\"]");
        await client.ShouldReceiveText("41");
        await Waiting.Until(() => Volatile.Read(ref seen) == 1, "the event was handled");
        server.Adapter.ServerIds.ShouldBeEmpty();
        (await server.Adapter.GetServerCountAsync(default)).ShouldBe(1);
    }

    [Fact]
    public async Task Servers_beyond_the_limit_are_not_waited_for()
    {
        var bus = new Bus();
        var options = Server.Patient();
        options.MaxServers = 2;
        await using var server = await Server.StartAsync(bus, options);
        for (var i = 0; i < 5; i++) bus.Publish("/", "", null, BusFormat.Write(new ClusterHeartbeat { ServerId = $"invented {i}" }));
        await Waiting.Until(() => bus.IsQuiet, "all messages were handled");
        server.Adapter.ServerIds.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Answers_to_nobody_change_nothing()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var clients = await cluster.ConnectToAllAsync();
        foreach (ClusterMessage message in (ClusterMessage[])[
            new ClusterClientCount { ServerId = "x", RequestId = "unknown", Count = 7 },
            new ClusterClientAnswer { ServerId = "x", RequestId = "unknown", Value = Text("1") },
            new ClusterServerAnswer { ServerId = "x", RequestId = "unknown", Value = Text("1") },
            new ClusterSocketsFetched { ServerId = "x", RequestId = "unknown", Sockets = [Found("{}")] },
            new ClusterGoodbye { ServerId = "x" },
        ])
        {
            cluster.Bus.Publish("/", "", null, BusFormat.Write(message));
        }

        await Waiting.Until(() => cluster.Bus.IsQuiet, "all messages were handled");
        (await cluster[0].FetchSocketsAsync().Within("the sockets")).Select(socket => socket.Id)
            .ShouldBe(clients.Select(client => client.Id), ignoreOrder: true);
    }

    [Fact]
    public async Task An_answer_with_the_id_of_another_request_answers_nothing()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var client = await cluster.ConnectAsync(1);
        var told = new TaskCompletionSource();
        cluster.Servers[1].Adapter.Publishing = message => message is ClusterSocketsFetched ? told.Task : Task.CompletedTask;
        var fetch = cluster[0].FetchSocketsAsync().AsTask();
        var foreign = new ClusterSocketsFetched { ServerId = cluster.Servers[1].Id, RequestId = "unknown", Sockets = [] };
        cluster.Bus.Publish("/", "", null, BusFormat.Write(foreign));
        await Waiting.Until(() => cluster.Bus.IsQuiet, "all messages were handled");
        told.SetResult();
        (await fetch.Within("the sockets")).Single().Id.ShouldBe(client.Id);
    }

    [Fact]
    public async Task A_room_limit_of_this_server_is_logged_where_another_one_breaks_it()
    {
        await using var cluster = await Cluster.StartAsync(2, settings: options => options.MaxRoomsPerSocket = 1);
        var client = await cluster.ConnectAsync(1);
        await cluster[0].SocketsJoinAsync("a", "b");
        (await cluster.Servers[1].Log.WaitForAsync(16)).Exception!.Message.ShouldContain("MaxRoomsPerSocket");
        await cluster[0].EmitAsync("good");
        await client.ShouldReceive("[\"good\"]");
    }

    private static ClusterBroadcast Event(string json, int attachments = 0) => new()
    {
        Options = BroadcastOptions.All,
        Event = new JsonPayload(Encoding.UTF8.GetBytes(json), [.. Enumerable.Repeat(new ReadOnlyMemory<byte>([1]), attachments)]),
    };

    private static JsonPayload Text(string json) => new(Encoding.UTF8.GetBytes(json));

    private static ClusterSocket Found(string data) => new() { Id = "found", Handshake = new HandshakeData(), Data = Text(data) };
}
