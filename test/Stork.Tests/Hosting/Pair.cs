using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Stork.Tests.Clients;

namespace Stork.Tests.Hosting;

/// <summary>A server, a client in its main namespace, and both ends of what is between them.</summary>
internal sealed class Pair : IAsyncDisposable
{
    private Pair(StorkApp app, TestClient client, Socket socket)
    {
        App = app;
        Client = client;
        Socket = socket;
    }

    public StorkApp App { get; }

    public SocketIOServer IO => App.IO;

    public RecordedLog Log => App.Log;

    public TestClient Client { get; }

    public Socket Socket { get; }

    public static async Task<Pair> ConnectAsync(
        Action<Socket>? onConnection = null,
        Action<SocketIOOptions>? options = null,
        TimeProvider? time = null,
        SocketIOTransports transport = SocketIOTransports.WebSocket,
        Action<IServiceCollection>? services = null,
        Func<WebApplication, SocketIOServer>? pipeline = null)
    {
        var app = await StorkApp.StartAsync(options, time, services, pipeline);
        if (onConnection is not null) app.IO.OnConnection(onConnection);
        var client = await TestClient.OpenAsync(app, transport);
        var id = await client.JoinAsync();
        app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        return new Pair(app, client, socket!);
    }

    /// <summary>Another client of the same server.</summary>
    public async Task<(TestClient Client, Socket Socket)> AddAsync(SocketIOTransports transport = SocketIOTransports.WebSocket)
    {
        var client = await TestClient.OpenAsync(App, transport);
        var id = await client.JoinAsync();
        IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        return (client, socket!);
    }

    /// <summary>Sends an event that asks for an acknowledgement; returns the arguments of the next packet, which has to be it.</summary>
    public async Task<string> AskAsync(string arguments, int id = 1)
    {
        await Client.SendAsync($"42{id}{arguments}");
        var answer = await Client.ReceiveAsync();
        answer.ShouldStartWith($"43{id}[");
        return answer[$"43{id}".Length..];
    }

    /// <summary>Sends a packet and returns what comes after some others.</summary>
    public async Task<string> AskReceiveAsync(string packet, int skip)
    {
        await Client.SendAsync(packet);
        for (; skip > 0; skip--) await Client.ReceiveAsync();
        return await Client.ReceiveAsync();
    }

    /// <summary>One more round trip shows that the connection lives, and that everything before is done.</summary>
    public async Task ShouldLive()
    {
        Socket.On("still there?", () => { }, once: true);
        (await AskAsync("[\"still there?\"]", id: 999)).ShouldBe("[]");
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await App.DisposeAsync();
    }
}
