using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Broadcasting;

/// <summary>A socket in a room that is not connected yet, or no more, is nobody's business.</summary>
public sealed class ConnectedOnlyTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_socket_whose_middleware_still_runs_is_not_asked_and_not_shown()
    {
        await using var app = await StorkApp.StartAsync();
        var waiting = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        app.IO.Use(async socket =>
        {
            await socket.JoinAsync("room");
            if (!socket.Handshake.Query.ContainsKey("slow")) return;
            waiting.SetResult();
            await release.Task;
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        var id = await client.JoinAsync();
        await using var slow = await WebSocketClient.OpenAsync(app, query: "&slow=1");
        await slow.SendAsync("40");
        await waiting.Task.Within("the middleware");

        (await app.IO.In("room").FetchSocketsAsync()).ShouldHaveSingleItem().Id.ShouldBe(id);
        var replies = app.IO.To("room").Timeout(Limit).EmitWithAckAsync<int>("ask");
        await AnswerAsync(client);
        (await replies.Within("the only answer")).ShouldBe([1]);

        release.SetResult();
        (await slow.ReceiveAsync()).ShouldStartWith("40{\"sid\"");
        (await app.IO.In("room").FetchSocketsAsync()).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_socket_that_leaves_while_the_others_are_asked_is_not_waited_for()
    {
        await using var pair = await Pair.ConnectAsync();
        var (other, otherSocket) = await pair.AddAsync();
        await using var alsoThere = other;
        // Whoever is asked first sends the other one away.
        pair.Socket.OnAnyOutgoing(sent => _ = otherSocket.DisconnectAsync());
        otherSocket.OnAnyOutgoing(sent => _ = pair.Socket.DisconnectAsync());
        var replies = pair.IO.Timeout(Limit).EmitWithAckAsync<int>("ask");
        await AnswerAsync(pair.Socket.Connected ? pair.Client : other);
        (await replies.Within("the only answer")).ShouldBe([1]);
    }

    [Fact]
    public async Task Whoever_has_heard_that_it_is_connected_gets_what_is_emitted_from_then_on()
    {
        await using var app = await StorkApp.StartAsync();
        // Behind it, nothing gathers what is sent: it leaves at once.
        app.IO.Use(static async socket => await Task.Yield());
        for (var i = 0; i < 300; i++)
        {
            await using var client = await WebSocketClient.OpenAsync(app);
            await client.JoinAsync();
            await app.IO.EmitAsync("news");
            await client.ShouldReceive("42[\"news\"]");
        }
    }

    private static async Task AnswerAsync(TestClient client)
    {
        var packet = await client.ReceiveAsync();
        packet.ShouldStartWith("42");
        await client.SendAsync($"43{packet[2..packet.IndexOf('[', StringComparison.Ordinal)]}[1]");
    }
}
