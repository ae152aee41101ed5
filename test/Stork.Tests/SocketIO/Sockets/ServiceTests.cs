using Microsoft.Extensions.DependencyInjection;
using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>What is made for a socket ends with it.</summary>
public sealed class ServiceTests
{
    [Fact]
    public async Task One_that_fails_to_end_does_not_keep_the_others_from_it()
    {
        Ended.Reset();
        await using var app = await StorkApp.StartAsync(services: services => services.AddScoped<Scoped>());
        app.IO.OnConnection<Failing>().OnConnection<FailingLater>().OnConnection<Last>();
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        await client.SendAsync("41");
        await Ended.Scope.Task.Within("the end of the scope");
        Ended.Count.ShouldBe(4);
        app.Log.Of(22).Select(entry => entry.Exception!.Message).ShouldBe(["mine", "mine, later"]);
    }

    [Fact]
    public async Task There_are_none_once_they_have_ended()
    {
        Ended.Reset();
        await using var app = await StorkApp.StartAsync(services: services => services.AddScoped<Scoped>());
        app.IO.OnConnection(socket =>
        {
            socket.Services.GetRequiredService<Scoped>();
            // Still there, as the handlers of the end may need them.
            socket.OnDisconnect(_ => Ended.InHandler = socket.Services.GetRequiredService<Scoped>());
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        var socket = app.IO.Sockets[0];
        await client.SendAsync("41");
        await Ended.Scope.Task.Within("the end of the scope");
        Ended.InHandler.ShouldNotBeNull();
        Should.Throw<ObjectDisposedException>(() => socket.Services);
    }

    [Fact]
    public async Task A_socket_without_any_has_none_afterwards_either()
    {
        await using var pair = await Pair.ConnectAsync();
        var ended = new TaskCompletionSource();
        pair.Socket.OnDisconnect(_ => ended.SetResult());
        await pair.Client.SendAsync("41");
        await ended.Task.Within("the socket's end");
        await Waiting.Until(() => HasNoServices(pair.Socket), "there were no services any more");
    }

    private static bool HasNoServices(Socket socket)
    {
        try
        {
            _ = socket.Services;
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private static class Ended
    {
        public static TaskCompletionSource Scope { get; private set; } = new();

        public static int Count { get; private set; }

        public static Scoped? InHandler { get; set; }

        public static void Note() => Count++;

        public static void Reset() => (Scope, Count, InHandler) =
            (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0, null);
    }

    private sealed class Scoped : IDisposable
    {
        public void Dispose()
        {
            Ended.Note();
            Ended.Scope.SetResult();
        }
    }

    private sealed class Failing(Scoped scoped) : ISocketHandler, IDisposable
    {
        public Task OnConnectedAsync(Socket socket) => Task.FromResult(scoped);

        public void Dispose()
        {
            Ended.Note();
            throw new InvalidOperationException("mine");
        }
    }

    private sealed class FailingLater : ISocketHandler, IAsyncDisposable
    {
        public Task OnConnectedAsync(Socket socket) => Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            Ended.Note();
            await Task.Yield();
            throw new InvalidOperationException("mine, later");
        }
    }

    private sealed class Last : ISocketHandler, IDisposable
    {
        public Task OnConnectedAsync(Socket socket) => Task.CompletedTask;

        public void Dispose() => Ended.Note();
    }
}
