using System.Net;
using Stork.Tests.Clients;

namespace Stork.Tests.Hosting;

public class ShutdownTests
{
    [Fact]
    public async Task Stopping_the_host_ends_every_connection_with_its_reason()
    {
        var reasons = new List<DisconnectReason>();
        await using var app = await StorkApp.StartAsync();
        app.IO.OnConnection(socket => socket.OnDisconnect(reason =>
        {
            lock (reasons) reasons.Add(reason);
        }));
        await using var webSocket = await WebSocketClient.OpenAsync(app);
        await webSocket.JoinAsync();
        await using var polling = await PollingClient.OpenAsync(app);
        await polling.JoinAsync();
        await using var waiting = await PollingClient.OpenAsync(app);
        var id = await waiting.JoinAsync();
        app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        var poll = waiting.PollAsync();
        await Waiting.Until(() => socket!.Connection().IsReady(), "the poll was waiting");

        var stopping = app.StopAsync();
        (await poll.Within("the farewell")).ShouldBe(["1"]);
        (await webSocket.ReceiveRestAsync()).ShouldBeEmpty();
        await stopping;
        await Waiting.Until(() => reasons.Count == 3, "the disconnect handlers were called");
        reasons.ShouldAllBe(reason => reason == DisconnectReason.ServerShuttingDown);
        app.Log.Of(31).Count().ShouldBe(1);
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_closed_server_takes_nobody_in()
    {
        await using var app = await StorkApp.StartAsync();
        await using var polling = await PollingClient.OpenAsync(app);
        await polling.JoinAsync();
        app.IO.Close();
        using var answer = await app.Http.GetAsync("/socket.io/?EIO=4&transport=polling");
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await polling.ShouldReceive("6", "1");
        app.IO.ConnectionCount.ShouldBe(0);
        app.IO.Close();
    }

    [Fact]
    public async Task Clients_that_arrive_while_the_server_closes_are_not_forgotten()
    {
        for (var round = 0; round < 5; round++)
        {
            await using var app = await StorkApp.StartAsync();
            var arriving = Enumerable.Range(0, 20).Select(async i =>
            {
                try
                {
                    var transport = i % 2 == 0 ? SocketIOTransports.Polling : SocketIOTransports.WebSocket;
                    await using var client = await TestClient.OpenAsync(app, transport);
                    await client.ReceiveRestAsync();
                }
                catch (Exception refused)
                    when (refused is HttpRequestException or System.Net.WebSockets.WebSocketException or ConnectionClosedException)
                {
                    // Too late, which is as good.
                }
            }).ToList();
            await Waiting.Until(() => app.IO.ConnectionCount > round, "some had arrived");
            app.IO.Close();
            await Task.WhenAll(arriving).Within("the clients' ends");
            await app.UntilConnections(0);
            app.Log.Problems.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Emitting_after_the_end_does_nothing()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.IO.Close();
        await Waiting.Until(() => !pair.Socket.Connected, "the socket was disconnected");
        await pair.Socket.EmitAsync("x");
        await pair.IO.EmitAsync("x");
        await pair.IO.To("r").EmitAsync("x");
        await pair.Socket.DisconnectAsync(close: true);
        await pair.Socket.Broadcast.EmitAsync("x");
        (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
    }
}
