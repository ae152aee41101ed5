using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.EngineIO;

public class UpgradeTests
{
    [Fact]
    public async Task Order_holds_and_nothing_is_lost_or_doubled_while_both_sides_send()
    {
        await using var pair = await ConnectAsync();
        var received = new List<int>();
        pair.Socket.On("up", (int n) => received.Add(n));
        var polling = (PollingClient)pair.Client;
        // Each release lets the other side send a batch, while this one goes on: so no poll waits for nothing, and no buffer fills up.
        using var batches = new SemaphoreSlim(0);
        var isOver = false;
        var emitted = 0;
        var emitting = Task.Run(async () =>
        {
            while (true)
            {
                await batches.WaitAsync();
                if (Volatile.Read(ref isOver)) return;
                for (var n = 0; n < 500; n++) await pair.Socket.EmitAsync("down", emitted++);
            }
        });

        var down = new List<string>();
        for (var n = 0; n < 10; n++)
        {
            await polling.SendAsync($"42[\"up\",{n}]");
            batches.Release();
            down.AddRange(await polling.PollAsync());
        }

        await using var webSocket = await WebSocketClient.OpenProbeAsync(pair.App, polling.SessionId);
        await webSocket.SendAsync("2probe");
        await webSocket.ShouldReceive("3probe");
        await polling.SendAsync("42[\"up\",10]", "42[\"up\",11]");
        batches.Release(10);
        down.AddRange(await polling.PollAsync());
        await webSocket.SendAsync("5", "42[\"up\",12]", "42[\"up\",13]");
        await Waiting.Until(() => received.Count == 14, "all events of the client came");
        Volatile.Write(ref isOver, true);
        batches.Release();
        await emitting;
        await pair.Socket.EmitAsync("end");
        while (await webSocket.ReceiveAsync() is var packet && packet != "42[\"end\"]") down.Add(packet);

        received.ShouldBe(Enumerable.Range(0, 14));
        down.Where(packet => packet != "6").ShouldBe(Enumerable.Range(0, emitted).Select(n => $"42[\"down\",{n}]"));
        pair.Socket.Transport.ShouldBe(SocketIOTransports.WebSocket);
    }

    [Fact]
    public async Task A_poll_that_waits_while_the_change_is_made_is_ended()
    {
        await using var pair = await ConnectAsync();
        var polling = (PollingClient)pair.Client;
        await using var webSocket = await ProbeAsync(pair);
        var poll = polling.PollAsync();
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the poll was waiting");
        await webSocket.SendAsync("5");
        (await poll).ShouldBe(["6"]);
        await Waiting.Until(() => pair.Socket.Transport == SocketIOTransports.WebSocket, "the upgrade was done");
        await pair.Socket.EmitAsync("x");
        await webSocket.ShouldReceive("42[\"x\"]");
    }

    [Fact]
    public async Task The_session_is_no_longer_polled_afterwards()
    {
        await using var pair = await ConnectAsync();
        await using var webSocket = await ProbeAsync(pair);
        await webSocket.SendAsync("5");
        await Waiting.Until(() => pair.Socket.Transport == SocketIOTransports.WebSocket, "the upgrade was done");
        using var get = await ((PollingClient)pair.Client).GetAsync();
        get.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await get.Content.ReadAsStringAsync()).ShouldBe("{\"code\":3,\"message\":\"Bad request\"}");
        using var post = await ((PollingClient)pair.Client).PostAsync("42[\"a\"]");
        post.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await pair.Socket.EmitAsync("x");
        await webSocket.ShouldReceive("42[\"x\"]");
    }

    [Fact]
    public async Task A_second_websocket_for_the_session_is_closed()
    {
        await using var pair = await ConnectAsync();
        await using var first = await ProbeAsync(pair);
        await using var second = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        (await second.ReceiveRestAsync()).ShouldBeEmpty();
        await first.SendAsync("5");
        await Waiting.Until(() => pair.Socket.Transport == SocketIOTransports.WebSocket, "the upgrade was done");
        await using var third = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        (await third.ReceiveRestAsync()).ShouldBeEmpty();
        await pair.Socket.EmitAsync("x");
        await first.ShouldReceive("42[\"x\"]");
    }

    [Theory]
    [InlineData("5")]
    [InlineData("2")]
    [InlineData("2prob")]
    [InlineData("42[\"a\"]")]
    [InlineData("1")]
    [InlineData("x")]
    [InlineData("")]
    public async Task Anything_but_a_probe_closes_the_websocket_and_not_the_session(string packet)
    {
        await using var pair = await ConnectAsync();
        await using var webSocket = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        await webSocket.SendAsync(packet);
        (await webSocket.ReceiveRestAsync()).ShouldBeEmpty();
        await pair.ShouldLive();
        await using var again = await ProbeAsync(pair);
    }

    [Fact]
    public async Task A_probe_that_breaks_off_leaves_the_session_polling()
    {
        await using var pair = await ConnectAsync();
        var first = await ProbeAsync(pair);
        await first.DisposeAsync();
        // The server has to notice before the next may begin.
        await Waiting.Until(() => pair.IO.Engine.Wheel.Count == 1, "the first upgrade was over");
        await pair.ShouldLive();
        await using var second = await ProbeAsync(pair);
        await second.SendAsync("5");
        await Waiting.Until(() => pair.Socket.Transport == SocketIOTransports.WebSocket, "the upgrade was done");
    }

    [Fact]
    public async Task Closing_the_session_closes_a_WebSocket_that_was_not_answered_yet()
    {
        await using var pair = await ConnectAsync();
        await using var webSocket = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        await Waiting.Until(() => pair.Socket.Connection().IsUpgrading, "the upgrade had begun");
        await pair.Socket.DisconnectAsync(close: true);
        (await webSocket.ReceiveRestAsync()).ShouldBeEmpty();
    }

    /// <summary>Official clients that are answered stop polling, and never begin again when their WebSocket is closed
    /// before they have changed to it.</summary>
    [Theory]
    [InlineData("the server stops", "")]
    [InlineData("the client is kicked", "41")]
    [InlineData("something is still to be said", "42[\"bye\"] 41")]
    [InlineData("the connection is cut", "")]
    public async Task A_client_that_has_stopped_polling_learns_of_the_end_once_it_has_changed(string end, string rest)
    {
        await using var pair = await ConnectAsync();
        await using var webSocket = await ProbeAsync(pair);
        if (end == "the server stops") pair.IO.Close();
        if (end == "the connection is cut") pair.Socket.Connection().Close(DisconnectReason.TransportError, abort: true);
        if (end == "something is still to be said") await pair.Socket.EmitAsync("bye");
        if (rest.Length > 0) await pair.Socket.DisconnectAsync(close: true);
        pair.Socket.Connected.ShouldBeFalse();

        await webSocket.SendAsync("5", "42[\"from before\"]");
        string.Join(' ', await webSocket.ReceiveRestAsync()).ShouldBe(rest);
        webSocket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        await pair.App.UntilConnections(0);
        await Waiting.Until(() => pair.IO.Engine.Wheel.Count == 0, "nothing waited any more");
        pair.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_polls_on_learns_of_the_end_there()
    {
        var time = new ManualTime();
        await using var pair = await Pair.ConnectAsync(time: time, transport: SocketIOTransports.Polling);
        await using var webSocket = await ProbeAsync(pair);
        var polling = (PollingClient)pair.Client;
        var poll = polling.PollAsync();
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the poll was waiting");
        pair.IO.Close();
        (await poll).ShouldBe(["1"]);
        pair.IO.ConnectionCount.ShouldBe(0);

        // One that says no more on either way does not keep the server.
        time.Advance(TimeSpan.FromSeconds(5.1));
        (await webSocket.ReceiveRestAsync()).ShouldBeEmpty();
        await Waiting.Until(() => pair.IO.Engine.Wheel.Count == 0, "nothing waited any more");
    }

    [Fact]
    public async Task An_unknown_session_is_refused_before_the_upgrade()
    {
        await using var app = await StorkApp.StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        var url = new UriBuilder(app.Url) { Scheme = "ws", Path = "/socket.io/", Query = "EIO=4&transport=websocket&sid=unknown" }.Uri;
        await Should.ThrowAsync<WebSocketException>(socket.ConnectAsync(url, default));
        socket.HttpStatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Without_upgrades_none_is_offered_and_none_accepted()
    {
        await using var app = await StorkApp.StartAsync(options => options.AllowUpgrades = false);
        await using var client = await PollingClient.OpenAsync(app);
        client.Handshake.GetProperty("upgrades").GetArrayLength().ShouldBe(0);
        await using var webSocket = await WebSocketClient.OpenProbeAsync(app, client.SessionId);
        (await webSocket.ReceiveRestAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling, "websocket")]
    [InlineData(SocketIOTransports.WebSocket, "polling")]
    public async Task A_transport_that_is_not_allowed_is_unknown(SocketIOTransports allowed, string asked)
    {
        await using var app = await StorkApp.StartAsync(options => options.Transports = allowed);
        using var answer = await app.Http.GetAsync($"/socket.io/?EIO=4&transport={asked}");
        (await answer.Content.ReadAsStringAsync()).ShouldBe("{\"code\":0,\"message\":\"Transport unknown\"}");
        await using var client = await TestClient.OpenAsync(app, allowed);
        client.Handshake.GetProperty("upgrades").GetArrayLength().ShouldBe(0);
        await client.JoinAsync();
    }

    [Fact]
    public async Task A_limit_of_the_web_server_leaves_the_session_polling()
    {
        await using var pair = await Pair.ConnectAsync(
            transport: SocketIOTransports.Polling,
            services: services => services.Configure<KestrelServerOptions>(server => server.Limits.MaxConcurrentUpgradedConnections = 0));
        using var second = new ClientWebSocket();
        second.Options.CollectHttpResponseDetails = true;
        var query = "EIO=4&transport=websocket&sid=" + pair.Client.SessionId;
        var url = new UriBuilder(pair.App.Url) { Scheme = "ws", Path = "/socket.io/", Query = query }.Uri;
        await Should.ThrowAsync<WebSocketException>(second.ConnectAsync(url, default));
        second.HttpStatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await pair.ShouldLive();
        pair.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_posts_of_a_client_that_upgrades_are_not_held_back_by_the_number_of_waiting_events(bool isHeldBefore)
    {
        var release = new TaskCompletionSource();
        await using var pair = await Pair.ConnectAsync(
            options: options => options.MaxPendingEvents = 10, transport: SocketIOTransports.Polling);
        var handled = new ConcurrentQueue<int>();
        pair.Socket.On("n", async (int n) =>
        {
            await release.Task;
            handled.Enqueue(n);
        });
        string[] events = [.. Enumerable.Range(0, 1_000).Select(n => $"42[\"n\",{n}]")];
        Task? posting = null;
        if (isHeldBefore)
        {
            posting = pair.Client.SendAsync(events);
            await Waiting.Until(() => pair.Socket.Connection().IsPaused(), "the post was held");
        }

        await using var webSocket = await ProbeAsync(pair);
        posting ??= pair.Client.SendAsync(events);
        await posting;
        await webSocket.SendAsync("5", "42[\"n\",1000]");
        release.SetResult();
        await Waiting.Until(() => handled.Count == 1_001, "all events were handled");
        handled.ShouldBe(Enumerable.Range(0, 1_001));
        pair.Socket.Transport.ShouldBe(SocketIOTransports.WebSocket);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_time_in_which_a_post_is_held_back_does_not_count(bool isUpgraded)
    {
        var time = new ManualTime();
        var release = new TaskCompletionSource();
        await using var pair = await Pair.ConnectAsync(
            options: options => options.MaxInputBufferSize = 10_000, time: time, transport: SocketIOTransports.Polling);
        pair.Socket.On("n", () => release.Task);
        await using var webSocket = await ProbeAsync(pair);
        var posting = pair.Client.SendAsync([.. Enumerable.Repeat("42[\"n\"]", 1_000)]);
        await Waiting.Until(() => pair.Socket.Connection().IsPaused(), "the post was held");
        time.Advance(TimeSpan.FromMinutes(1));
        release.SetResult();
        await posting;
        time.Advance(TimeSpan.FromSeconds(9.5));
        if (isUpgraded)
        {
            await webSocket.SendAsync("5");
            await Waiting.Until(() => pair.Socket.Transport == SocketIOTransports.WebSocket, "the upgrade was done");
            return;
        }

        time.Advance(TimeSpan.FromSeconds(1));
        (await webSocket.ReceiveRestAsync()).ShouldBeEmpty();
        pair.Socket.Connected.ShouldBeTrue();
        pair.Socket.Transport.ShouldBe(SocketIOTransports.Polling);
    }

    [Fact]
    public async Task The_time_in_which_a_post_is_still_on_its_way_does_not_count()
    {
        var time = new ManualTime();
        await using var pair = await Pair.ConnectAsync(time: time, transport: SocketIOTransports.Polling);
        pair.Socket.On("n", () => { });
        await using var webSocket = await ProbeAsync(pair);
        var body = new Pipe();
        using var content = new StreamContent(body.Reader.AsStream());
        var posting = pair.App.Http.PostAsync($"/socket.io/?EIO=4&transport=polling&sid={pair.Client.SessionId}", content);
        // More than the client keeps back before it writes anything.
        await body.Writer.WriteAsync(Encoding.ASCII.GetBytes("42[\"n\"" + new string(' ', 20_000)));
        await Waiting.Until(() => pair.Socket.Connection().Transport.IsReceiving, "the server was reading the post");
        time.Advance(TimeSpan.FromSeconds(30));
        await body.Writer.WriteAsync("]"u8.ToArray());
        await body.Writer.CompleteAsync();
        using var answer = await posting;
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await webSocket.SendAsync("5");
        await Waiting.Until(() => pair.Socket.Transport == SocketIOTransports.WebSocket, "the upgrade was done");
    }

    [Fact]
    public async Task A_websocket_that_sends_no_probe_is_closed_in_time_whatever_is_held_back()
    {
        var time = new ManualTime();
        var release = new TaskCompletionSource();
        await using var pair = await Pair.ConnectAsync(
            options: options => options.MaxInputBufferSize = 10_000, time: time, transport: SocketIOTransports.Polling);
        pair.Socket.On("n", () => release.Task);
        await using var webSocket = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        var posting = pair.Client.SendAsync([.. Enumerable.Repeat("42[\"n\"]", 1_000)]);
        await Waiting.Until(() => pair.Socket.Connection().IsPaused() && pair.Socket.Connection().IsUpgrading, "the post was held");
        time.Advance(TimeSpan.FromSeconds(11));
        (await webSocket.ReceiveRestAsync()).ShouldBeEmpty();
        release.SetResult();
        await posting;
        pair.Socket.Connected.ShouldBeTrue();
    }

    private static Task<Pair> ConnectAsync() => Pair.ConnectAsync(transport: SocketIOTransports.Polling);

    private static async Task<WebSocketClient> ProbeAsync(Pair pair)
    {
        var webSocket = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        await webSocket.SendAsync("2probe");
        await webSocket.ShouldReceive("3probe");
        return webSocket;
    }
}
