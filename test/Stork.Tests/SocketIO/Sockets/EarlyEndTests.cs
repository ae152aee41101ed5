using Microsoft.Extensions.DependencyInjection;
using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>Clients that leave before they are in: whoever works for them is told.</summary>
public sealed class EarlyEndTests
{
    public static TheoryData<SocketIOTransports> Transports => [SocketIOTransports.Polling, SocketIOTransports.WebSocket];

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_middleware_learns_that_its_client_has_left(SocketIOTransports transport)
    {
        var (begun, ended) = (new TaskCompletionSource<Socket>(), new TaskCompletionSource());
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(async socket =>
        {
            begun.SetResult(socket);
            try
            {
                await Forever(socket.Disconnected);
            }
            finally
            {
                ended.SetResult();
            }
        });
        await using var client = await TestClient.OpenAsync(app, transport);
        await client.SendAsync("40");
        var socket = await begun.Task.Within("the middleware");
        await LeaveAsync(client);
        await ended.Task.Within("the end of the middleware");
        socket.Connected.ShouldBeFalse();
        await app.UntilConnections(0);
        app.IO.Sockets.ShouldBeEmpty();
        app.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Disconnect_handlers_of_a_middleware_are_called_while_it_waits(SocketIOTransports transport)
    {
        var begun = new TaskCompletionSource();
        var done = new TaskCompletionSource<string[]>();
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(async socket =>
        {
            var calls = new List<string>();
            var left = new TaskCompletionSource();
            await socket.JoinAsync("r");
            socket.OnDisconnecting(reason => calls.Add($"disconnecting {reason} {string.Join(' ', socket.Rooms.Skip(1))}"));
            socket.OnDisconnect(reason =>
            {
                calls.Add($"disconnect {reason}");
                left.SetResult();
            });
            begun.SetResult();
            await left.Task;
            socket.OnDisconnect(_ => done.SetResult([.. calls]));
        });
        await using var client = await TestClient.OpenAsync(app, transport);
        await client.SendAsync("40");
        await begun.Task.Within("the middleware");
        await LeaveAsync(client);
        (await done.Task.Within("the handler registered behind the end"))
            .ShouldBe(["disconnecting TransportClose r", "disconnect TransportClose"]);
        await Waiting.Until(() => app.IO.MainNamespace.Adapter.GetRooms().Count == 0, "the rooms were empty");
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Services_live_until_the_handlers_of_such_a_socket_are_done()
    {
        var (begun, isDisposed) = (new TaskCompletionSource(), new TaskCompletionSource<string>());
        var steps = new List<string>();
        await using var app = await StorkApp.StartAsync(services: services =>
            services.AddScoped(_ => new Scoped(() => isDisposed.SetResult(string.Join(' ', steps)))));
        app.IO.Use(async socket =>
        {
            _ = socket.Services.GetRequiredService<Scoped>();
            socket.OnDisconnect(async _ =>
            {
                await Task.Yield();
                steps.Add("handler");
            });
            begun.SetResult();
            await Forever(socket.Disconnected).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await begun.Task.Within("the middleware");
        await client.DisposeAsync();
        (await isDisposed.Task.Within("the scope's end")).ShouldBe("handler");
    }

    [Fact]
    public async Task A_socket_that_is_refused_has_no_disconnect()
    {
        var isCalled = false;
        var disconnected = new TaskCompletionSource();
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(socket =>
        {
            socket.OnDisconnect(_ => isCalled = true);
            socket.Disconnected.Register(disconnected.SetResult);
            throw new ConnectErrorException("no");
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await client.ShouldReceive("44{\"message\":\"no\"}");
        await disconnected.Task.Within("the token");
        await client.DisposeAsync();
        await app.UntilConnections(0);
        isCalled.ShouldBeFalse();
    }

    [Fact]
    public async Task A_connection_handler_learns_that_its_client_has_left()
    {
        var (begun, ended, left) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = await StorkApp.StartAsync();
        app.IO.OnConnection(async socket =>
        {
            socket.OnDisconnect(_ => left.SetResult());
            begun.SetResult();
            await Should.ThrowAsync<OperationCanceledException>(Forever(socket.Disconnected));
            ended.SetResult();
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        await begun.Task.Within("the connection handler");
        await client.DisposeAsync();
        await ended.Task.Within("the end of the connection handler");
        await left.Task.Within("the disconnect handler");
    }

    [Fact]
    public async Task A_function_that_decides_about_a_namespace_learns_that_its_client_has_left()
    {
        var (begun, ended) = (new TaskCompletionSource(), new TaskCompletionSource());
        await using var app = await StorkApp.StartAsync();
        app.IO.Of(async (_, handshake) =>
        {
            begun.SetResult();
            try
            {
                await Forever(handshake.ConnectionClosed);
            }
            finally
            {
                ended.SetResult();
            }

            return true;
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40/x,");
        await begun.Task.Within("the function");
        await client.DisposeAsync();
        await ended.Task.Within("the end of the function");
        await app.UntilConnections(0);
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_connection_that_the_server_ends_is_neither_cut_nor_left_by_its_client()
    {
        await using var pair = await Pair.ConnectAsync();
        var connection = pair.Socket.Connection;
        connection.Close(DisconnectReason.TransportError, abort: true, "It reads too slowly.");
        // What the reader of an aborted connection finds.
        connection.MarkCut();
        connection.MarkLeftByClient();
        await pair.App.UntilConnections(0);
        connection.IsCut.ShouldBeFalse();
        connection.IsLeftByClient.ShouldBeFalse();
    }

    private static Task Forever(CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    private static async Task LeaveAsync(TestClient client)
    {
        if (client is WebSocketClient webSocket) await webSocket.CloseAsync();
        else await client.SendAsync("1");
    }

    private sealed class Scoped(Action onDispose) : IDisposable
    {
        public void Dispose() => onDispose();
    }
}
