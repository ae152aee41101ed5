using Stork.Tests.Clients;
using Stork.Tests.SocketIO.Rooms;
using Stork.Tests.Timing;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>Clients that ask for a namespace again, quicker than the server is done with the time before.</summary>
public sealed class RejoinTests
{
    [Fact]
    public async Task A_client_may_ask_again_as_soon_as_it_was_refused()
    {
        await using var app = await StorkApp.StartAsync();
        var chat = app.IO.Of("/chat");
        chat.Use(async socket =>
        {
            await socket.JoinAsync("lobby");
            await Task.Yield();
            if (!socket.Handshake.GetAuth<Dictionary<string, string>>()!.ContainsKey("token")) throw new ConnectErrorException("no token");
        });
        using var hasRejoined = new ManualResetEventSlim();
        // Called behind the refusal, on the time of the refused attempt.
        chat.Adapter.RoomLeft += (_, _) => hasRejoined.Wait(Patience.Limit);
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        try
        {
            await client.SendAsync("40/chat,");
            await client.ShouldReceive("44/chat,{\"message\":\"no token\"}");
            await client.JoinAsync("/chat", "{\"token\":\"t\"}");
        }
        finally
        {
            hasRejoined.Set();
        }

        // Nor does the end of the former attempt take anything from the new one.
        await client.SendAsync("40/nowhere,");
        await client.ShouldReceive("44/nowhere,{\"message\":\"Invalid namespace\"}");
        app.IO.Sockets.Count.ShouldBe(1);
        chat.Sockets.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_client_may_come_back_as_soon_as_it_was_disconnected()
    {
        using var isBack = new ManualResetEventSlim();
        await using var app = await StorkApp.StartAsync(options => options.AdapterFactory = nsp => new HookedAdapter(nsp)
        {
            // Asked once the end has begun: a client that could hear of it already would have the time to come back.
            Telling = _ => isBack.Wait(TimeSpan.FromMilliseconds(200)),
        });
        var chat = app.IO.Of("/chat");
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        await client.JoinAsync("/chat");
        var disconnecting = Task.Run(() => chat.Sockets[0].DisconnectAsync().AsTask());
        await client.ShouldReceive("41/chat,");
        await client.JoinAsync("/chat");
        isBack.Set();
        await disconnecting.Within("the end of the former socket");
        app.IO.Sockets.Count.ShouldBe(1);
        chat.Sockets.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Two_that_disconnect_a_client_tell_it_once()
    {
        await using var pair = await Pair.ConnectAsync();
        using var both = new Barrier(2);
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            both.SignalAndWait();
            await pair.Socket.DisconnectAsync();
        })));
        await pair.Client.ShouldReceive("41");
        await pair.Client.JoinAsync();
    }

    [Fact]
    public async Task A_socket_that_cannot_be_opened_leaves_its_place_to_the_next_attempt()
    {
        var fails = true;
        await using var app = await StartFailingAsync(() => fails);
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await client.ShouldReceive("44{\"message\":\"Internal server error\"}");
        app.Log.Of(13).Count().ShouldBe(1);
        fails = false;
        await client.JoinAsync();
        app.IO.Sockets.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_client_whose_only_socket_cannot_be_opened_has_joined_nothing_in_time()
    {
        var time = new ManualTime();
        await using var app = await StartFailingAsync(() => true, time);
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await client.ShouldReceive("44{\"message\":\"Internal server error\"}");
        time.Advance(TimeSpan.FromSeconds(10));
        (await client.ReceiveRestAsync()).ShouldBeEmpty();
        await app.UntilConnections(0);
    }

    private static Task<StorkApp> StartFailingAsync(Func<bool> fails, TimeProvider? time = null) =>
        StorkApp.StartAsync(
            options =>
            {
                options.ConnectTimeout = TimeSpan.FromSeconds(10);
                options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions
                {
                    Identity = _ => fails() ? throw new InvalidOperationException("mine") : "ann",
                };
            },
            time);
}
