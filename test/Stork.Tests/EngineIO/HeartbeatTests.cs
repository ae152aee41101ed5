using System.Net;
using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.EngineIO;

public class HeartbeatTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    private readonly ManualTime _time = new();

    public static TheoryData<SocketIOTransports> Transports => [SocketIOTransports.Polling, SocketIOTransports.WebSocket];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Pings_an_interval_after_the_opening_and_after_each_pong(SocketIOTransports transport)
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: transport);
        for (var round = 0; round < 4; round++)
        {
            // Anything but a ping would come first.
            _time.Advance(Interval - Tick);
            await pair.Socket.EmitAsync("not yet");
            await pair.Client.ShouldReceive("42[\"not yet\"]");
            _time.Advance(Tick);
            await pair.Client.ShouldReceive("2");
            _time.Advance(PingTimeout - Tick);
            await PongAsync(pair);
        }

        pair.Socket.Connected.ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Closes_a_connection_that_does_not_answer_a_ping_in_time(SocketIOTransports transport)
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await Pair.ConnectAsync(socket => socket.OnDisconnect(left.SetResult), time: _time, transport: transport);
        _time.Advance(Interval);
        _time.Advance(PingTimeout - Tick);
        pair.Socket.Connected.ShouldBeTrue();
        _time.Advance(Tick);
        pair.Socket.Connected.ShouldBeFalse();
        (await left.Task.Within("the disconnect handler")).ShouldBe(DisconnectReason.PingTimeout);
        await pair.App.UntilConnections(0);
        pair.Log.Of(2).ShouldHaveSingleItem().Message.ShouldContain("ping timeout");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_deadline_that_has_passed_is_noticed_by_the_next_request_however_late_the_timers_are(string method)
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await Pair.ConnectAsync(
            socket => socket.OnDisconnect(left.SetResult), time: _time, transport: SocketIOTransports.Polling);
        _time.Advance(Interval);
        _time.Stall(PingTimeout);
        var polling = (PollingClient)pair.Client;
        using var answer = method == "GET" ? await polling.GetAsync() : await polling.PostAsync("3");
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("{\"code\":1,\"message\":\"Session ID unknown\"}");
        (await left.Task.Within("the disconnect handler")).ShouldBe(DisconnectReason.PingTimeout);
    }

    [Fact]
    public async Task A_ping_that_is_due_is_sent_to_the_poll_that_comes()
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: SocketIOTransports.Polling);
        _time.Stall(Interval);
        await pair.Client.ShouldReceive("2");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Short_heartbeats_are_kept_to_the_millisecond(SocketIOTransports transport)
    {
        _time.Advance(TimeSpan.FromMilliseconds(12.3));
        await using var pair = await Pair.ConnectAsync(
            options: options => (options.PingInterval, options.PingTimeout) =
                (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(200)),
            time: _time,
            transport: transport);
        _time.Advance(TimeSpan.FromMilliseconds(299));
        await pair.ShouldLive();
        _time.Advance(TimeSpan.FromMilliseconds(2));
        await pair.Client.ShouldReceive("2");
        // From the ping's own time, 300, whenever it was sent.
        _time.Advance(TimeSpan.FromMilliseconds(198));
        pair.Socket.Connected.ShouldBeTrue();
        _time.Advance(TimeSpan.FromMilliseconds(2));
        pair.Socket.Connected.ShouldBeFalse();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Another_packet_renews_the_wait_once_and_not_for_ever(SocketIOTransports transport)
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: transport);
        _time.Advance(Interval);
        await pair.Client.ShouldReceive("2");
        _time.Advance(PingTimeout / 2);
        await pair.ShouldLive();
        _time.Advance(PingTimeout / 2);
        pair.Socket.Connected.ShouldBeTrue();
        await pair.ShouldLive();
        _time.Advance(PingTimeout - Tick);
        pair.Socket.Connected.ShouldBeTrue();
        _time.Advance(Tick);
        pair.Socket.Connected.ShouldBeFalse();
    }

    [Fact]
    public async Task Packets_before_the_ping_renew_nothing()
    {
        await using var pair = await Pair.ConnectAsync(time: _time);
        await pair.ShouldLive();
        _time.Advance(Interval + PingTimeout);
        pair.Socket.Connected.ShouldBeFalse();
    }

    [Fact]
    public async Task Pongs_nobody_asked_for_change_nothing()
    {
        await using var pair = await Pair.ConnectAsync(time: _time);
        _time.Advance(Interval / 2);
        await pair.Client.SendAsync("3", "3", "3");
        await pair.ShouldLive();
        _time.Advance(Interval / 2);
        await pair.Client.ShouldReceive("2");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_client_that_joins_nothing_in_time_is_closed(SocketIOTransports transport)
    {
        await using var app = await StorkApp.StartAsync(options => options.ConnectTimeout = TimeSpan.FromSeconds(10), _time);
        await using var client = await TestClient.OpenAsync(app, transport);
        await client.SendAsync("40/unknown,");
        await client.ShouldReceive("44/unknown,{\"message\":\"Invalid namespace\"}");
        _time.Advance(TimeSpan.FromSeconds(10) - Tick);
        app.Log.Of(2).ShouldBeEmpty();
        _time.Advance(Tick);
        app.Log.Of(2).ShouldHaveSingleItem().Message.ShouldContain("forced close");
        if (transport == SocketIOTransports.Polling) await client.ShouldReceive("6", "1");
        else (await client.ReceiveRestAsync()).ShouldBeEmpty();
        await client.DisposeAsync();
        await app.UntilConnections(0);
    }

    [Fact]
    public async Task A_client_in_any_namespace_is_not_closed()
    {
        await using var app = await StorkApp.StartAsync(options => options.ConnectTimeout = TimeSpan.FromSeconds(10), _time);
        app.IO.Of("/chat");
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync("/chat");
        _time.Advance(TimeSpan.FromSeconds(20));
        app.IO.ConnectionCount.ShouldBe(1);
        app.Log.Of(2).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_upgrade_that_is_not_completed_is_given_up_and_polling_goes_on()
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: SocketIOTransports.Polling);
        await using var probe = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        await probe.SendAsync("2probe");
        await probe.ShouldReceive("3probe");
        _time.Advance(TimeSpan.FromSeconds(5));
        // Probing on does not put it off.
        await probe.SendAsync("2probe");
        await probe.ShouldReceive("3probe");
        _time.Advance(TimeSpan.FromSeconds(4.9));
        await probe.SendAsync("2probe");
        await probe.ShouldReceive("3probe");
        _time.Advance(TimeSpan.FromSeconds(0.2));
        (await probe.ReceiveRestAsync()).ShouldBeEmpty();
        pair.Socket.Transport.ShouldBe(SocketIOTransports.Polling);
        await pair.ShouldLive();

        // Another attempt may succeed.
        await using var second = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        await second.SendAsync("2probe");
        await second.ShouldReceive("3probe");
        await second.SendAsync("5", "421[\"x\"]");
        pair.Socket.On("x", () => { });
        await Waiting.Until(() => pair.Socket.Transport == SocketIOTransports.WebSocket, "the upgrade was done");
    }

    [Fact]
    public async Task A_probe_that_never_says_a_word_is_given_up()
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: SocketIOTransports.Polling);
        await using var probe = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        await Waiting.Until(() => pair.App.IO.Engine.Wheel.Count >= 2, "the upgrade was being watched");
        _time.Advance(TimeSpan.FromSeconds(10.1));
        (await probe.ReceiveRestAsync()).ShouldBeEmpty();
        await pair.ShouldLive();
    }

    [Fact]
    public async Task A_waiting_poll_is_ended_every_tenth_of_a_second_during_an_upgrade()
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: SocketIOTransports.Polling);
        var polling = (PollingClient)pair.Client;
        await using var probe = await WebSocketClient.OpenProbeAsync(pair.App, polling.SessionId);
        await probe.SendAsync("2probe");
        await probe.ShouldReceive("3probe");
        for (var i = 0; i < 3; i++)
        {
            var poll = polling.PollAsync();
            await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the poll was waiting");
            _time.Advance(TimeSpan.FromMilliseconds(100));
            (await poll.Within("the noop")).ShouldBe(["6"]);
        }
    }

    [Fact]
    public async Task A_closed_polling_session_waits_half_a_minute_for_its_last_poll()
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: SocketIOTransports.Polling);
        await pair.Socket.DisconnectAsync(close: true);
        _time.Advance(TimeSpan.FromSeconds(29));
        await pair.Client.ShouldReceive("41", "6", "1");
        pair.IO.ConnectionCount.ShouldBe(0);
        using var answer = await ((PollingClient)pair.Client).GetAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("{\"code\":1,\"message\":\"Session ID unknown\"}");
    }

    [Fact]
    public async Task A_closed_polling_session_is_forgotten_if_nobody_polls()
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: SocketIOTransports.Polling);
        await pair.Socket.DisconnectAsync(close: true);
        pair.IO.ConnectionCount.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(30.1));
        pair.IO.ConnectionCount.ShouldBe(0);
        pair.IO.Engine.Wheel.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_the_close_frame_is_cut_off()
    {
        await using var app = await StorkApp.StartAsync(time: _time);
        await using var client = await StalledClient.OpenAsync(app);
        await client.JoinAsync();
        await app.IO.DisconnectSocketsAsync(close: true);
        (await client.ReceiveRestAsync()).ShouldBe(["41"]);
        app.IO.ConnectionCount.ShouldBe(1);
        _time.Advance(TimeSpan.FromSeconds(5.1));
        await app.UntilConnections(0);
    }

    [Fact]
    public async Task Nothing_waits_on_the_wheel_once_everybody_is_gone()
    {
        await using var app = await StorkApp.StartAsync(time: _time);
        var clients = new List<TestClient>();
        for (var i = 0; i < 10; i++)
        {
            clients.Add(await TestClient.OpenAsync(app, i % 2 == 0 ? SocketIOTransports.Polling : SocketIOTransports.WebSocket));
            if (i > 4) await clients[^1].JoinAsync();
        }

        app.IO.Engine.Wheel.Count.ShouldBeGreaterThanOrEqualTo(10);
        foreach (var client in clients.Where(client => client is PollingClient)) await client.SendAsync("1");
        foreach (var client in clients.OfType<WebSocketClient>()) await client.DisposeAsync();
        await app.UntilConnections(0);
        await Waiting.Until(() => app.IO.Engine.Wheel.Count == 0, "the wheel was empty");
        _time.Advance(TimeSpan.FromSeconds(1));
        _time.RunningTimers.ShouldBe(0);
    }

    private static TimeSpan Tick => Stork.Timing.TimerWheel.LongestTick;

    private static async Task PongAsync(Pair pair)
    {
        await pair.Client.SendAsync("3");
        await pair.ShouldLive();
    }
}
