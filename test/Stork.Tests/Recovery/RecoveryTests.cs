using System.Text.Json;
using Stork.EngineIO;
using Stork.Queues;
using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.Recovery;

/// <summary>Clients that lose their connection and come back to the same process.</summary>
public sealed class RecoveryTests
{
    [Fact]
    public async Task The_bytes_are_those_of_the_original()
    {
        await using var app = await StartAsync();
        await using var client = await TestClient.OpenAsync(app, SocketIOTransports.WebSocket);
        await client.SendAsync("40");
        var answer = await client.ReceiveAsync();
        answer.ShouldMatch("""^40\{"sid":"[A-Za-z0-9_-]{20}","pid":"[A-Za-z0-9_-]{22}"\}$""");

        await app.IO.EmitAsync("foo", 1);
        (await client.ReceiveAsync()).ShouldMatch("""^42\["foo",1,"[A-Za-z0-9_-]{22}"\]$""");
        await app.IO.EmitAsync("bin", new byte[] { 1, 2 });
        (await client.ReceiveAsync()).ShouldMatch("""^451-\["bin",\{"_placeholder":true,"num":0\},"[A-Za-z0-9_-]{22}"\]$""");
        (await client.ReceiveAsync()).ShouldBe("bAQI=");
        await app.IO.EmitAsync("nothing");
        (await client.ReceiveAsync()).ShouldMatch("""^42\["nothing","[A-Za-z0-9_-]{22}"\]$""");
        await app.IO.Sockets[0].EmitAsync("own", "text");
        (await client.ReceiveAsync()).ShouldMatch("""^42\["own","text","[A-Za-z0-9_-]{22}"\]$""");
    }

    [Fact]
    public async Task Without_the_option_nothing_is_added()
    {
        await using var app = await StorkApp.StartAsync();
        await using var client = await TestClient.OpenAsync(app, SocketIOTransports.WebSocket);
        await client.SendAsync("""40{"pid":"AAAAAAAAAAAAAAAAAAAAAA","offset":"AAAAAAAAAAAAAAAAAAAAAA"}""");
        (await client.ReceiveAsync()).ShouldMatch("""^40\{"sid":"[A-Za-z0-9_-]{20}"\}$""");
        await app.IO.EmitAsync("foo", 1);
        await client.ShouldReceive("""42["foo",1]""");
    }

    [Fact]
    public async Task Events_that_ask_for_an_answer_and_volatile_ones_carry_no_offset_unless_it_would_be_misread()
    {
        var time = new ManualTime();
        await using var app = await StartAsync(time: time);
        await using var client = await RecoveringClient.JoinAsync(app);
        var socket = app.IO.Sockets[0];
        _ = socket.EmitWithAckAsync<int>("asked", "text");
        (await client.Wire.ReceiveAsync()).ShouldMatch("""^42\d+\["asked","text"\]$""");
        await socket.Volatile.EmitAsync("number", 1);
        (await client.Wire.ReceiveAsync()).ShouldBe("""42["number",1]""");
        time.Advance(EngineConnection.VolatilePause);
        await app.IO.Volatile.EmitAsync("number", 1);
        (await client.Wire.ReceiveAsync()).ShouldBe("""42["number",1]""");

        // A client takes the last string of any event for its position: here it would be taken back to one it cannot have.
        await app.IO.EmitAsync("kept", 1);
        await client.ShouldReceive("""["kept",1]""");
        var position = client.Offset;
        time.Advance(EngineConnection.VolatilePause);
        await socket.Volatile.EmitAsync("text", "misleading");
        await client.ShouldReceive("""["text","misleading"]""");
        client.Offset.ShouldBe(position);
        time.Advance(EngineConnection.VolatilePause);
        await app.IO.Volatile.EmitAsync("nameonly");
        await client.ShouldReceive("""["nameonly"]""");
        client.Offset.ShouldBe(position);
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task A_client_gets_its_session_and_what_it_missed(SocketIOTransports transport)
    {
        await using var app = await StartAsync();
        app.IO.OnConnection(async socket =>
        {
            if (socket.Recovered) return;
            await socket.JoinAsync("room");
            socket.Data["name"] = "Ada";
        });
        await using var client = await RecoveringClient.JoinAsync(app);
        await Waiting.Until(() => app.IO.Sockets[0].Rooms.Count == 2, "the room was joined");
        await app.IO.EmitAsync("seen", 0);
        await client.ShouldReceive("""["seen",0]""");
        await LoseAsync(app, client);

        await app.IO.EmitAsync("all", 1);
        await app.IO.To("room").EmitAsync("room", 2);
        await app.IO.To("elsewhere").EmitAsync("elsewhere", 3);
        await app.IO.To(client.Sid).EmitAsync("own", 4);
        await app.IO.To("room", client.Sid).EmitAsync("once", 5);
        await app.IO.Except("room").EmitAsync("except", 6);
        await app.IO.Volatile.EmitAsync("volatile", 7);
        await app.IO.EmitAsync("binary", new byte[] { 9 });

        await using var back = await client.ReturnAsync(app, transport: transport);
        (back.Sid, back.Pid).ShouldBe((client.Sid, client.Pid));
        back.Missed.Select(Shorten).ShouldBe(["""["all",1]""", """["room",2]""", """["own",4]""", """["once",5]""", "451-", "bCQ=="]);
        var socket = app.IO.Sockets.ShouldHaveSingleItem();
        (socket.Id, socket.Recovered, socket.Data["name"]).ShouldBe((client.Sid, true, "Ada"));
        socket.Rooms.ShouldBe([client.Sid, "room"]);
        await app.IO.To("room").EmitAsync("live", 8);
        await back.ShouldReceive("""["live",8]""");

        static string Shorten(string packet) => packet.StartsWith("451-", StringComparison.Ordinal) ? "451-" : packet;
    }

    [Fact]
    public async Task A_client_that_comes_back_twice_gets_everything_once()
    {
        await using var app = await StartAsync();
        var client = await RecoveringClient.JoinAsync(app);
        for (var round = 0; round < 5; round++)
        {
            await app.IO.EmitAsync("live", round);
            await client.ShouldReceive($"""["live",{round}]""");
            await LoseAsync(app, client);
            await app.IO.EmitAsync("missed", round);
            var back = await client.ReturnAsync(app);
            back.Missed.ShouldBe([$"""["missed",{round}]"""]);
            back.Sid.ShouldBe(client.Sid);
            await client.DisposeAsync();
            client = back;
        }

        await client.DisposeAsync();
    }

    [Fact]
    public async Task What_a_handler_sends_to_a_client_that_is_gone_waits_for_it()
    {
        await using var app = await StartAsync();
        await using var client = await RecoveringClient.JoinAsync(app);
        var socket = app.IO.Sockets[0];
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await LoseAsync(app, client);
        await socket.EmitAsync("result", 1);
        await using var back = await client.ReturnAsync(app);
        back.Missed.ShouldBe(["""["result",1]"""]);

        // The old object still speaks to the same client.
        await socket.EmitAsync("result", 2);
        await back.ShouldReceive("""["result",2]""");
    }

    [Fact]
    public async Task Sessions_belong_to_their_namespace()
    {
        await using var app = await StartAsync();
        app.IO.Of("/other");
        await using var client = await RecoveringClient.JoinAsync(app, "/other");
        await app.IO.Of("/other").EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await LoseAsync(app, client, "/other");
        await app.IO.EmitAsync("here");
        await app.IO.Of("/other").EmitAsync("there");

        await using var elsewhere = await RecoveringClient.OpenAsync(app);
        await elsewhere.ConnectAsync(client.Auth);
        elsewhere.Pid.ShouldNotBe(client.Pid);
        elsewhere.Missed.ShouldBeEmpty();

        await using var back = await client.ReturnAsync(app);
        back.Missed.ShouldBe(["""["there"]"""]);
        back.Pid.ShouldBe(client.Pid);
    }

    [Fact]
    public async Task Several_namespaces_of_one_connection_are_recovered_each()
    {
        await using var app = await StartAsync();
        app.IO.Of("/other");
        await using var wire = await TestClient.OpenAsync(app, SocketIOTransports.WebSocket);
        await wire.SendAsync("40", "40/other,");
        var main = JsonDocument.Parse((await wire.ReceiveAsync())[2..]).RootElement;
        var other = JsonDocument.Parse((await wire.ReceiveAsync())["40/other,".Length..]).RootElement;
        await wire.DisposeAsync();
        await app.UntilConnections(0);
        await app.IO.EmitAsync("here", 1);
        await app.IO.Of("/other").EmitAsync("there", 2);

        await using var back = await TestClient.OpenAsync(app, SocketIOTransports.WebSocket);
        await back.SendAsync(
            $$"""40{"pid":{{main.GetProperty("pid").GetRawText()}}}""",
            $$"""40/other,{"pid":{{other.GetProperty("pid").GetRawText()}}}""");
        (await back.ReceiveAsync()).ShouldStartWith("""42["here",1,""");
        (await back.ReceiveAsync()).ShouldContain(main.GetProperty("pid").GetString()!);
        (await back.ReceiveAsync()).ShouldStartWith("""42/other,["there",2,""");
        (await back.ReceiveAsync()).ShouldContain(other.GetProperty("pid").GetString()!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_was_sent_away_or_left_does_not_recover(bool byServer)
    {
        await using var app = await StartAsync();
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        if (byServer) await app.IO.Sockets[0].DisconnectAsync();
        else await client.Wire.SendAsync("41");
        await Waiting.Until(() => app.IO.Sockets.Count == 0, "the socket had ended");
        await using var back = await client.ReturnAsync(app);
        back.Pid.ShouldNotBe(client.Pid);
        back.Sid.ShouldNotBe(client.Sid);
        app.IO.Sockets[0].Recovered.ShouldBeFalse();
    }

    [Fact]
    public async Task A_session_has_its_time()
    {
        var time = new ManualTime();
        await using var app = await StartAsync(time: time);
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await LoseAsync(app, client);
        time.Advance(TimeSpan.FromMinutes(2));
        await using var inTime = await client.ReturnAsync(app);
        inTime.Pid.ShouldBe(client.Pid);
        inTime.Offset.ShouldBe(client.Offset);

        await LoseAsync(app, inTime);
        time.Advance(TimeSpan.FromMinutes(2) + TimeSpan.FromMilliseconds(50));
        await using var late = await inTime.ReturnAsync(app);
        late.Pid.ShouldNotBe(client.Pid);
        await Waiting.Until(() => app.IO.Recovery.SessionCount == 1, "the late client's former session was forgotten");
    }

    [Fact]
    public async Task A_client_outside_of_recovery_gets_plain_events()
    {
        await using var app = await StartAsync(options => options.Applies = handshake => handshake.Query["plain"] != "1");
        await using var plain = await WebSocketClient.OpenAsync(app, query: "&plain=1");
        await plain.SendAsync("40");
        (await plain.ReceiveAsync()).ShouldMatch("""^40\{"sid":"[A-Za-z0-9_-]{20}"\}$""");
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("event", "text");
        await plain.ShouldReceive("""42["event","text"]""");
        (await client.Wire.ReceiveAsync()).ShouldMatch("""^42\["event","text","[A-Za-z0-9_-]{22}"\]$""");
        app.IO.MainNamespace.TryGetSocket(client.Sid, out var socket).ShouldBeTrue();
        await app.IO.Except(socket!.Id).EmitAsync("event", 1);
        await plain.ShouldReceive("""42["event",1]""");
        await app.IO.Sockets.Single(other => other.Id != socket.Id).EmitAsync("event", "own");
        await plain.ShouldReceive("""42["event","own"]""");
    }

    [Fact]
    public async Task Listeners_of_outgoing_events_may_emit_themselves()
    {
        await using var app = await StartAsync();
        app.IO.OnConnection(socket => socket.OnAnyOutgoing(sent =>
        {
            if (sent.Name == "first") _ = app.IO.EmitAsync("second");
        }));
        await using var client = await RecoveringClient.JoinAsync(app);
        await using var other = await RecoveringClient.JoinAsync(app);
        await Waiting.Until(() => app.IO.Sockets.Count == 2, "both were connected");
        await app.IO.EmitAsync("first");
        string[] expected = ["""["first"]""", """["second"]""", """["second"]"""];
        await client.ShouldReceive(expected);
        await other.ShouldReceive(expected);
    }

    [Fact]
    public async Task Offsets_rise_on_every_connection_whoever_emits()
    {
        await using var app = await StartAsync();
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        var socket = app.IO.Sockets[0];
        const int Each = 500;
        var emitting = Enumerable.Range(0, 4).Select(emitter => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++)
            {
                if (emitter % 2 == 0) await app.IO.EmitAsync("event", emitter, i);
                else await socket.EmitAsync("event", emitter, i);
            }
        })).ToList();
        var live = new List<string>();
        for (var i = 0; i < Each * 2; i++) live.Add(await client.NextAsync());
        var position = client.Offset;
        await Task.WhenAll(emitting).Within("the emitters");
        await client.DisposeAsync();
        await app.UntilConnections(0);

        // Whoever saw an offset saw all before it: replay goes on exactly behind.
        client.Offset = position;
        await using var back = await client.ReturnAsync(app, transport: SocketIOTransports.WebSocket);
        back.Sid.ShouldBe(client.Sid);
        var all = live.Concat(back.Missed).ToList();
        all.Count.ShouldBe(Each * 4);
        all.Distinct().Count().ShouldBe(Each * 4);
    }

    internal static Task<StorkApp> StartAsync(
        Action<ConnectionStateRecoveryOptions>? configure = null, TimeProvider? time = null, string? directory = null) =>
        StorkApp.StartAsync(
            options =>
            {
                options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions { MaxReplayEvents = 10_000 };
                options.DataDirectory = directory;
                options.Store = options.Store with { SegmentSize = QueueStoreOptions.MinSegmentSize };
                configure?.Invoke(options.ConnectionStateRecovery);
            },
            time);

    internal static async Task LoseAsync(StorkApp app, RecoveringClient client, string nsp = "/")
    {
        await client.DisposeAsync();
        await Waiting.Until(() => !app.IO.Of(nsp).TryGetSocket(client.Sid, out _), "the server noticed the loss");
    }
}
