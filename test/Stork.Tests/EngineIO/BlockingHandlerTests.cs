using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.EngineIO;

/// <summary>Handlers that work synchronously keep the thread that reads their connection; the silence in between
/// is the server's own.</summary>
public class BlockingHandlerTests : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(20);

    private readonly ManualTime _time = new();
    private readonly SemaphoreSlim _isIn = new(0);
    private readonly ManualResetEventSlim _release = new();

    public static TheoryData<SocketIOTransports, int> Beginnings => new()
    {
        // Before the ping, behind it, and shortly before the pong is overdue.
        { SocketIOTransports.WebSocket, 0 },
        { SocketIOTransports.WebSocket, 26 },
        { SocketIOTransports.WebSocket, 44 },
        { SocketIOTransports.Polling, 0 },
        { SocketIOTransports.Polling, 26 },
        { SocketIOTransports.Polling, 44 },
    };

    public void Dispose()
    {
        _release.Set();
        _release.Dispose();
        _isIn.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Beginnings))]
    public async Task A_handler_that_works_for_minutes_costs_its_client_nothing(SocketIOTransports transport, int secondsBefore)
    {
        await using var pair = await Pair.ConnectAsync(socket => socket.On("work", Work), time: _time, transport: transport);
        _time.Advance(TimeSpan.FromSeconds(secondsBefore));
        var sending = pair.Client.SendAsync("421[\"work\"]");
        await _isIn.WaitAsync().Within("the handler to begin");

        var pings = 0;
        for (var seconds = 0; seconds < 300; seconds++) _time.Advance(TimeSpan.FromSeconds(1));
        pair.Socket.Connected.ShouldBeTrue();
        _release.Set();
        await sending;
        while (await pair.Client.ReceiveAsync() is var packet && packet != "431[\"done\"]")
        {
            packet.ShouldBe("2");
            pings++;
        }

        // An official client gives up after 45 s without one.
        pings.ShouldBeGreaterThanOrEqualTo(300 / 45);
        // The pong may only be read now: it has its full time again.
        _time.Advance(PingTimeout - TimeSpan.FromSeconds(1));
        await pair.Client.SendAsync("3");
        await pair.ShouldLive();
        _time.Advance(Interval - TimeSpan.FromSeconds(1));
        pair.Socket.Connected.ShouldBeTrue();
    }

    [Theory]
    [InlineData(SocketIOTransports.WebSocket)]
    [InlineData(SocketIOTransports.Polling)]
    public async Task A_client_that_stays_silent_afterwards_is_given_up(SocketIOTransports transport)
    {
        var left = new TaskCompletionSource<DisconnectReason>();
        await using var pair = await Pair.ConnectAsync(
            socket =>
            {
                socket.On("work", Work);
                socket.OnDisconnect(left.SetResult);
            },
            time: _time,
            transport: transport);
        var sending = pair.Client.SendAsync("421[\"work\"]");
        await _isIn.WaitAsync().Within("the handler to begin");
        _time.Advance(TimeSpan.FromMinutes(2));
        _release.Set();
        await sending;
        await pair.Client.ReceiveUntilAsync("431[");
        _time.Advance(3 * PingTimeout);
        (await left.Task.Within("the disconnect handler")).ShouldBe(DisconnectReason.PingTimeout);
    }

    [Fact]
    public async Task A_client_that_sends_without_end_and_answers_no_ping_is_given_up()
    {
        using var next = new SemaphoreSlim(0);
        await using var pair = await Pair.ConnectAsync(
            socket => socket.On("work", () =>
            {
                _isIn.Release();
                next.Wait(Patience.Limit).ShouldBeTrue();
            }),
            time: _time);
        // The clock only goes on while a handler runs, so it is always in one that something is due.
        for (var round = 0; round < 8 && pair.Socket.Connected; round++)
        {
            await pair.Client.SendAsync("42[\"work\"]");
            await _isIn.WaitAsync().Within("the handler");
            _time.Advance(TimeSpan.FromSeconds(10));
            next.Release();
        }

        pair.Socket.Connected.ShouldBeFalse();
    }

    [Theory]
    [InlineData(SocketIOTransports.WebSocket, false)]
    [InlineData(SocketIOTransports.Polling, false)]
    [InlineData(SocketIOTransports.WebSocket, true)]
    public async Task A_handler_that_blocks_on_what_only_its_own_thread_could_read_is_freed(SocketIOTransports transport, bool hasToken)
    {
        var failure = new TaskCompletionSource<Exception>();
        await using var pair = await Pair.ConnectAsync(time: _time, transport: transport);
        pair.Socket.On("ask", (CancellationToken disconnected) =>
        {
            try
            {
                var answer = pair.Socket.EmitWithAckAsync<int>("question", [], hasToken ? disconnected : CancellationToken.None);
                _isIn.Release();
                answer.GetAwaiter().GetResult();
            }
            catch (SocketDisconnectedException exception)
            {
                failure.SetResult(exception);
            }
        });
        var sending = pair.Client.SendAsync("42[\"ask\"]");
        await _isIn.WaitAsync().Within("the handler to begin");
        _time.Advance(Interval + (3 * PingTimeout));
        await failure.Task.Within("the end of the wait");
        pair.Log.Of(95).ShouldHaveSingleItem().Message.ShouldContain("Await acknowledgements");
        await sending.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task Waits_for_answers_that_end_by_themselves_cost_no_connection()
    {
        await using var pair = await Pair.ConnectAsync(socket => socket.On("work", Work), time: _time);
        var sending = pair.Client.SendAsync("421[\"work\"]");
        await _isIn.WaitAsync().Within("the handler to begin");
        var asking = pair.Socket.Timeout(TimeSpan.FromMinutes(5)).EmitWithAckAsync<int>("question");
        var all = pair.IO.Timeout(TimeSpan.FromMinutes(5)).EmitWithAckAsync<int>("question");
        using var source = new CancellationTokenSource();
        var cancellable = pair.Socket.EmitWithAckAsync<int>("question", [], source.Token);
        _time.Advance(TimeSpan.FromMinutes(4));
        pair.Socket.Connected.ShouldBeTrue();
        _release.Set();
        await sending;
        await pair.Client.ReceiveUntilAsync("431[\"done\"]");
        asking.IsCompleted.ShouldBeFalse();
        all.IsCompleted.ShouldBeFalse();
        cancellable.IsCompleted.ShouldBeFalse();
    }

    [Theory]
    [InlineData("middleware")]
    [InlineData("connection handler")]
    [InlineData("namespace function")]
    public async Task The_way_into_a_namespace_may_take_minutes(string where)
    {
        await using var app = await StorkApp.StartAsync(time: _time);
        var nsp = where == "namespace function" ? app.IO.Of((_, _) => new ValueTask<bool>(Work() == "done")) : app.IO.Of("/slow");
        if (where == "middleware") nsp.Use(_ => Work() == "done" ? default : throw new InvalidOperationException());
        if (where == "connection handler") nsp.OnConnection(_ => Work());
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40/slow,");
        await _isIn.WaitAsync().Within("the handler to begin");
        _time.Advance(TimeSpan.FromMinutes(3));
        _release.Set();
        await client.ReceiveUntilAsync("40/slow,");
        app.IO.ConnectionCount.ShouldBe(1);
    }

    [Fact]
    public async Task A_change_to_WebSocket_waits_for_the_handler_of_a_post()
    {
        await using var pair = await Pair.ConnectAsync(
            socket => socket.On("work", Work), time: _time, transport: SocketIOTransports.Polling);
        await using var webSocket = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        await webSocket.SendAsync("2probe");
        await webSocket.ShouldReceive("3probe");
        var sending = pair.Client.SendAsync("421[\"work\"]");
        await _isIn.WaitAsync().Within("the handler to begin");
        _time.Advance(TimeSpan.FromMinutes(1));
        _release.Set();
        await sending;
        await webSocket.SendAsync("5");
        await Waiting.Until(() => pair.Socket.Transport == SocketIOTransports.WebSocket, "the upgrade was done");
    }

    private string Work()
    {
        _isIn.Release();
        if (!_release.Wait(Patience.Limit)) throw new TimeoutException("The handler was not released.");
        return "done";
    }
}
