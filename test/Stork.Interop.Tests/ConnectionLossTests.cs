using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed class ConnectionLossTests
{
    [Theory, EveryClient]
    public async Task Both_ends_know_why_it_ended(ClientVersion version, ClientTransport transport)
    {
        var ended = new Observations<(string Name, string Reason)>();
        await using var server = await TestServer.StartAsync(io =>
        {
            io.OnConnection(socket =>
            {
                var name = socket.Handshake.Auth.GetProperty("name").GetString()!;
                socket.On("are you there", () => true);
                socket.On("send me away", () => socket.DisconnectAsync().AsTask());
                socket.On("close me", () => socket.DisconnectAsync(close: true).AsTask());
                socket.OnDisconnect(reason => ended.Add((name, reason.ToText())));
            });
            io.Of("/other").OnConnection(socket => socket.On("close me", () => socket.DisconnectAsync(close: true).AsTask()));
        });
        await using var script = await Scenario.StartAsync("disconnects", server.Url, version, transport);

        // Polling has no connection whose end would be a plain close: a request fails.
        var broken = transport == ClientTransport.Polling ? "transport error" : "transport close";
        (string Name, string Client, string Server)[] expected =
        [
            ("the client leaves", "io client disconnect", "client namespace disconnect"),
            ("the client closes the connection", "forced close", "transport close"),
            ("the server sends it away", "io server disconnect", "server namespace disconnect"),
            ("the server closes the connection", "io server disconnect", "server namespace disconnect"),
            ("another socket is closed with its connection", "io server disconnect", "server namespace disconnect"),
            ("the client talks nonsense", "transport close", "parse error"),
            ("the client uses a reserved name", "transport close", "parse error"),
            ("the network breaks", broken, broken),
        ];
        var atServer = new List<(string Name, string Reason)>();
        foreach (var (name, client, _) in expected)
        {
            var report = await script.NextAsync("disconnected");
            report.GetProperty("name").GetString().ShouldBe(name);
            report.GetProperty("reason").GetString().ShouldBe(client, name);
            atServer.Add(await ended.NextAsync($"the server's reason, {atServer.Count} of which it has told"));
        }

        // A client that leaves while it changes the transport says so once it has changed, when the next one may be there already.
        atServer.ShouldBe(expected.Select(static end => (end.Name, end.Server)), ignoreOrder: true);
        await script.CompleteAsync();
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory, EveryClient]
    public async Task A_silent_network_is_noticed_and_survived(ClientVersion version, ClientTransport transport)
    {
        var ended = new Observations<DisconnectReason>();
        await using var server = await TestServer.StartAsync(
            io => io.OnConnection(socket =>
            {
                var received = new List<int>();
                socket.On("while away", (int number) => received.Add(number));
                socket.On("received", () => received);
                socket.OnDisconnect(ended.Add);
            }),
            options => (options.PingInterval, options.PingTimeout) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(700)));
        await Scenario.RunAsync("frozen", server.Url, version, transport);

        (await ended.NextAsync("the end of the frozen connection")).ShouldBe(DisconnectReason.PingTimeout);
        (await ended.NextAsync("the client's leaving")).ShouldBe(DisconnectReason.ClientNamespaceDisconnect);
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory, EveryClient]
    public async Task A_restarted_server_gets_its_clients_back(ClientVersion version, ClientTransport transport)
    {
        var ended = new Observations<DisconnectReason>();
        var first = await TestServer.StartAsync(io => io.OnConnection(socket => socket.OnDisconnect(ended.Add)));
        await using var script = await Scenario.StartAsync("restart", first.Url, version, transport);
        await script.NextAsync("connected");

        await first.StopAsync().Within("the first server to stop");
        (await ended.NextAsync("the end of the first connection")).ShouldBe(DisconnectReason.ServerShuttingDown);
        await script.NextAsync("away");
        first.Log.Errors.ShouldBeEmpty();
        await first.DisposeAsync();

        await using var second = await TestServer.StartAsync(
            io => io.OnConnection(socket =>
            {
                socket.Handshake.Auth.GetProperty("visit").GetInt32().ShouldBe(1);
                var received = new List<int>();
                socket.On("while away", (int number) => received.Add(number));
                socket.On("received", () => received);
            }),
            port: first.Url.Port);
        await script.CompleteAsync();
        second.Log.Errors.ShouldBeEmpty();
    }

    /// <summary>Without a farewell on the WebSocket, such a client would notice the end only when the pings stay away.</summary>
    [Theory]
    [InlineData(ClientVersion.V4_0)]
    [InlineData(ClientVersion.V4_8)]
    [InlineData(ClientVersion.V4_8_MessagePack)]
    public async Task A_server_that_stops_is_noticed_by_a_client_that_is_changing_to_WebSocket(ClientVersion version)
    {
        var ended = new Observations<DisconnectReason>();
        var first = await TestServer.StartAsync(io => io.OnConnection(socket => socket.OnDisconnect(ended.Add)));
        await using var script = await Scenario.StartAsync("changing", first.Url, version, ClientTransport.Upgrade);
        await script.NextAsync("paused");
        var stopping = first.StopAsync();
        (await ended.NextAsync("the end of the first connection")).ShouldBe(DisconnectReason.ServerShuttingDown);
        await script.TellAsync("go");
        await script.NextAsync("away");
        await stopping.Within("the first server to stop");
        first.Log.Errors.ShouldBeEmpty();
        await first.DisposeAsync();

        await using var second = await TestServer.StartAsync(_ => { }, port: first.Url.Port);
        await script.CompleteAsync();
        second.Log.Errors.ShouldBeEmpty();
    }
}
