using System.Collections.Concurrent;
using Stork.Tests.Clients;
using Stork.Tests.Durable.Inboxes;
using Stork.Tests.EngineIO.WebSockets;
using Stork.Tests.Timing;
using Stork.Wire;

namespace Stork.Tests.SocketIO.Events;

/// <summary>A client that sends faster than its events are handled is not read any further, and suffers nothing else.</summary>
public sealed class BackpressureTests
{
    private const int MaxPending = 10;

    // For the tests that bound the bytes.
    private const int Limit = 100_000;
    private const int EventSize = 9_000;

    private readonly TaskCompletionSource _release = new();
    private readonly ConcurrentQueue<int> _handled = new();

    public static TheoryData<SocketIOTransports> Transports => [SocketIOTransports.Polling, SocketIOTransports.WebSocket];

    [Fact]
    public async Task Who_completes_what_a_handler_waits_for_need_not_handle_the_next_event()
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var news = new TaskCompletionSource();
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var end = new ManualResetEventSlim();
        await using var pair = await Pair.ConnectAsync(socket =>
        {
            socket.On("wait", async () =>
            {
                waits.SetResult();
                await news.Task;
            });
            socket.On("block", () =>
            {
                second.SetResult();
                end.Wait(2 * Patience.Limit);
            });
        });
        await pair.Client.SendAsync("42[\"wait\"]", "42[\"block\"]");
        await waits.Task.Within("the first event to wait");
        await Waiting.Until(() => pair.Socket.PendingEvents() == 1, "the second event to wait behind it");
        try
        {
            await Task.Run(news.SetResult).Within("the news to be told");
            await second.Task.Within("the second event to be handled");
        }
        finally
        {
            end.Set();
        }

        await pair.ShouldLive();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task No_more_events_wait_than_allowed_however_many_come_at_once(SocketIOTransports transport)
    {
        await using var app = await StartAsync();
        await using var client = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, client);

        // One batch, far longer than the limit.
        var sending = client.SendAsync([.. Enumerable.Range(0, 5_000).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => socket.PendingEvents() == MaxPending, "the queue was full");
        for (var look = 0; look < 20; look++)
        {
            await Task.Yield();
            socket.PendingEvents().ShouldBe(MaxPending);
        }

        _handled.ShouldBe([0]);
        _release.SetResult();
        await sending;
        await Waiting.Until(() => _handled.Count == 5_000, "all events were handled");
        _handled.ShouldBe(Enumerable.Range(0, 5_000));
        socket.Connected.ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Other_clients_are_read_and_answered_meanwhile(SocketIOTransports transport)
    {
        await using var app = await StartAsync();
        await using var full = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, full);
        var sending = full.SendAsync([.. Enumerable.Range(0, 100).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => socket.PendingEvents() == MaxPending, "the queue was full");

        await using var other = await WebSocketClient.OpenAsync(app);
        var otherSocket = await JoinAsync(app, other);
        var answer = otherSocket.EmitWithAckAsync<int>("question");
        var id = (await other.ReceiveAsync())[2..^"[\"question\"]".Length];
        await other.SendAsync($"43{id}[42]");
        (await answer.Within("the other's answer")).ShouldBe(42);
        await app.IO.EmitAsync("news");
        await other.ShouldReceive("42[\"news\"]");

        _release.SetResult();
        await sending;
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task The_heartbeat_does_not_blame_the_client_and_goes_on_pinging(SocketIOTransports transport)
    {
        var time = new ManualTime();
        await using var app = await StartAsync(time);
        await using var client = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, client);
        var sending = client.SendAsync([.. Enumerable.Range(0, 100).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => socket.Connection().IsPaused(), "reading was paused");
        socket.PendingEvents().ShouldBe(MaxPending);

        time.Advance(TimeSpan.FromMinutes(10));
        socket.Connected.ShouldBeTrue();
        // An official client gives up after 45 s without a ping: there have to be at least ten minutes' worth.
        for (var pings = 0; pings < 600 / 45; pings++) (await client.ReceiveAsync()).ShouldBe("2");

        _release.SetResult();
        await sending;
        await Waiting.Until(() => _handled.Count == 100, "all events were handled");
        // The pong may only be read now: it has its full time again.
        time.Advance(TimeSpan.FromSeconds(19));
        socket.Connected.ShouldBeTrue();
        await client.SendAsync("3");
        await client.SendAsync("421[\"n\",100]");
        await Waiting.Until(() => _handled.Count == 101, "the last event was handled");
        time.Advance(TimeSpan.FromSeconds(24));
        socket.Connected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_client_that_goes_away_meanwhile_is_noticed_by_the_pings()
    {
        var time = new ManualTime();
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var app = await StartAsync(time, socket => socket.OnDisconnect(left.SetResult));
        var client = await StalledClient.OpenAsync(app);
        var socket = await JoinAsync(app, client);
        // The handler waits for just that end.
        await client.SendAsync(["42[\"until the end\"]", .. Enumerable.Range(0, 100).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => socket.Connection().IsPaused(), "reading was paused");
        await client.DisposeAsync();
        _release.SetResult();

        await Waiting.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(20));
                return !socket.Connected;
            },
            "the connection was found broken");
        (await left.Task.Within("the disconnect handler")).ShouldBe(DisconnectReason.TransportError);
        await app.UntilConnections(0);
    }

    [Fact]
    public async Task A_post_that_is_aborted_meanwhile_ends_the_session()
    {
        await using var app = await StartAsync();
        var client = await PollingClient.OpenAsync(app);
        var socket = await JoinAsync(app, client);
        var events = Enumerable.Range(0, 100).Select(n => $"42[\"n\",{n}]");
        var sending = client.PostAsync(string.Join('\x1e', ["42[\"until the end\"]", .. events]));
        await Waiting.Until(() => socket.PendingEvents() == MaxPending, "the queue was full");
        await client.DisposeAsync();
        await Should.ThrowAsync<OperationCanceledException>(sending);
        await app.UntilConnections(0);
        await Waiting.Until(() => !socket.Connected, "the socket heard of it");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Stopping_does_not_wait_for_a_handler_that_waits_for_the_end(SocketIOTransports transport)
    {
        await using var app = await StartAsync();
        await using var client = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, client);
        _ = client.SendAsync(["42[\"until the end\"]", .. Enumerable.Range(0, 100).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => socket.PendingEvents() == MaxPending, "the queue was full");
        _release.SetResult();

        var stopping = app.StopAsync();
        await Waiting.Until(() => !socket.Connected, "the socket was disconnected");
        await client.DisposeAsync();
        await stopping;
        await Waiting.Until(() => socket.PendingEvents() == 0, "the waiting events were handled");
        app.Log.Of(11).ShouldHaveSingleItem().Message.ShouldContain("server shutting down");
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling, false)]
    [InlineData(SocketIOTransports.Polling, true)]
    [InlineData(SocketIOTransports.WebSocket, false)]
    [InlineData(SocketIOTransports.WebSocket, true)]
    public async Task A_handler_gets_its_acknowledgement_from_behind_any_number_of_events(SocketIOTransports transport, bool isPausedBefore)
    {
        await using var app = await StartAsync(onConnection: socket => socket.On("ask", async () =>
        {
            if (isPausedBefore) await _release.Task;
            _handled.Enqueue(await socket.EmitWithAckAsync<int>("confirm"));
            _release.TrySetResult();
        }));
        await using var client = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, client);
        var sending = client.SendAsync(["42[\"ask\"]", .. Enumerable.Range(0, 2_000).Select(n => $"42[\"n\",{n}]")]);
        if (isPausedBefore)
        {
            await Waiting.Until(() => socket.Connection().IsPaused(), "reading was paused");
            _release.SetResult();
        }

        var id = (await client.ReceiveAsync())[2..^"[\"confirm\"]".Length];
        await sending;
        await client.SendAsync("42[\"n\",2000]", $"43{id}[-1]");
        await Waiting.Until(() => _handled.Count == 2_002, "all events were handled");
        _handled.ShouldBe(Enumerable.Range(-1, 2_002));
        socket.Connected.ShouldBeTrue();
    }

    [Fact]
    public async Task Once_it_has_come_the_number_of_events_is_bounded_again()
    {
        await using var app = await StartAsync();
        await using var client = await StalledClient.OpenAsync(app);
        var socket = await JoinAsync(app, client);
        var answer = socket.EmitWithAckAsync<int>("confirm");
        var id = (await client.ReceiveAsync())[2..^"[\"confirm\"]".Length];
        var before = Enumerable.Range(0, 100).Select(n => $"42[\"n\",{n}]");
        var after = Enumerable.Range(100, 100).Select(n => $"42[\"n\",{n}]");
        await client.SendAsync([.. before, $"43{id}[1]", .. after]);
        (await answer.Within("the answer")).ShouldBe(1);
        await Waiting.Until(() => socket.Connection().IsPaused(), "reading was paused");
        socket.PendingEvents().ShouldBe(100);
        _release.SetResult();
        await Waiting.Until(() => _handled.Count == 200, "all events were handled");
    }

    [Fact]
    public async Task The_acknowledgement_of_an_inbox_message_lets_no_more_events_wait()
    {
        await using var inboxes = await InboxApp.StartAsync(options: options => options.MaxPendingEvents = MaxPending);
        inboxes.IO.OnConnection(Handle);
        await using var client = await StalledClient.OpenAsync(inboxes.App, "&user=ann");
        var socket = await JoinAsync(inboxes.App, client);
        await inboxes.IO.Inbox("ann").EmitAsync("news");
        (await client.ReceiveAsync()).ShouldEndWith("[\"news\"]");
        await client.SendAsync([.. Enumerable.Range(0, 100).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => socket.Connection().IsPaused(), "reading was paused");
        socket.PendingEvents().ShouldBe(MaxPending);
        _release.SetResult();
        await Waiting.Until(() => _handled.Count == 100, "all events were handled");
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task An_acknowledgement_that_lies_too_far_behind_ends_the_connection_once_no_handler_gets_on(SocketIOTransports transport)
    {
        var time = new ManualTime();
        using var permits = new SemaphoreSlim(0);
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var app = await StartAsync(time, configure: options => options.MaxInputBufferSize = Limit, onConnection: socket =>
        {
            socket.On("step", async (int n, string _) =>
            {
                await permits.WaitAsync();
                _handled.Enqueue(n);
            });
            socket.OnDisconnect(left.SetResult);
        });
        await using var client = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, client);
        var answer = socket.EmitWithAckAsync<int>("confirm");
        var sending = client.SendAsync([.. Enumerable.Range(0, 100).Select(n => $"42[\"step\",{n},\"{new string('x', EventSize)}\"]")]);
        for (var steps = 1; steps <= 5; steps++)
        {
            await Waiting.Until(() => socket.Connection().IsPaused(), "reading was paused");
            time.Advance(TimeSpan.FromSeconds(20));
            permits.Release();
            await Waiting.Until(() => _handled.Count == steps, "a handler got on");
            socket.Connected.ShouldBeTrue();
        }

        await Waiting.Until(() => socket.Connection().IsPaused(), "reading was paused");
        time.Advance(TimeSpan.FromSeconds(60));
        socket.Connected.ShouldBeFalse();
        await Should.ThrowAsync<SocketDisconnectedException>(answer.Within("the end of the wait"));
        (await app.Log.WaitForAsync(9)).Message.ShouldContain("MaxInputBufferSize");
        permits.Release(1_000);
        (await left.Task.Within("the disconnect handler")).ShouldBe(DisconnectReason.ForcedServerClose);
        await sending;
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling, false)]
    [InlineData(SocketIOTransports.WebSocket, false)]
    [InlineData(SocketIOTransports.WebSocket, true)]
    public async Task What_waits_is_bounded_in_bytes_over_all_sockets_of_the_connection(SocketIOTransports transport, bool isBinary)
    {
        await using var app = await StartAsync(
            configure: options => (options.MaxPendingEvents, options.MaxInputBufferSize) = (1_000, Limit));
        foreach (var name in new[] { "/a", "/b" })
            app.IO.Of(name).OnConnection(socket => socket.On("n", (int _, EventArguments _) => _release.Task));
        await using var client = await OpenAsync(app, transport);
        await client.JoinAsync("/a");
        await client.JoinAsync("/b");
        Socket[] sockets = [.. app.IO.Of("/a").Sockets, .. app.IO.Of("/b").Sockets];
        var large = new string('x', EventSize);
        var sending = isBinary
            ? ((StalledClient)client).SendBytesAsync(ClientFrame.Concat(Enumerable.Range(0, 100).SelectMany(n => new[]
            {
                ClientFrame.Text($"451-/{"ab"[n % 2]},[\"n\",{n},{{\"_placeholder\":true,\"num\":0}}]"),
                ClientFrame.Of(WebSocketOpcode.Binary, new byte[EventSize]),
            })))
            : client.SendAsync([.. Enumerable.Range(0, 100).Select(n => $"42/{"ab"[n % 2]},[\"n\",{n},\"{large}\"]")]);
        await Waiting.Until(() => sockets[0].Connection().IsPaused(), "reading was paused");
        // The first events of the two run, and the one that filled it up may be over the limit.
        sockets.Sum(socket => socket.PendingEvents() * EventSize).ShouldBeInRange(Limit / 2, Limit + EventSize);
        sockets.ShouldAllBe(socket => socket.PendingEvents() > 0);
        _release.SetResult();
        await sending;
        await Waiting.Until(() => sockets.Sum(socket => socket.PendingEvents()) == 0, "all events were handled");
        await client.SendAsync("42/a,[\"n\",0,0]");
        await Waiting.Until(() => !sockets[0].Connection().IsPaused(), "reading went on");
    }

    [Fact]
    public async Task Small_events_weigh_what_they_take_in_memory()
    {
        await using var app = await StartAsync(
            configure: options => (options.MaxPendingEvents, options.MaxInputBufferSize) = (int.MaxValue, Limit));
        await using var client = await StalledClient.OpenAsync(app);
        var socket = await JoinAsync(app, client);
        await client.SendAsync([.. Enumerable.Range(0, 5_000).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => socket.Connection().IsPaused(), "reading was paused");
        socket.PendingEvents().ShouldBeInRange(100, Limit / 256);
        _release.SetResult();
        await Waiting.Until(() => _handled.Count == 5_000, "all events were handled");
    }

    private static async Task<TestClient> OpenAsync(StorkApp app, SocketIOTransports transport) =>
        transport == SocketIOTransports.Polling ? await PollingClient.OpenAsync(app) : await StalledClient.OpenAsync(app);

    private static async Task<Socket> JoinAsync(StorkApp app, TestClient client)
    {
        var id = await client.JoinAsync();
        app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        return socket!;
    }

    private async Task<StorkApp> StartAsync(
        TimeProvider? time = null, Action<Socket>? onConnection = null, Action<SocketIOOptions>? configure = null)
    {
        var app = await StorkApp.StartAsync(
            options =>
            {
                options.MaxPendingEvents = MaxPending;
                configure?.Invoke(options);
            },
            time);
        app.IO.OnConnection(socket =>
        {
            Handle(socket);
            onConnection?.Invoke(socket);
        });
        return app;
    }

    private void Handle(Socket socket)
    {
        socket.On("n", async (int n) =>
        {
            _handled.Enqueue(n);
            await _release.Task;
        });
        socket.On("until the end", async (CancellationToken token) =>
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token));
    }
}
