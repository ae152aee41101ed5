using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>What sockets tell of the connection under them.</summary>
public sealed class ConnectionListenerTests
{
    /// <summary>More than the kernels on both sides take of their own accord.</summary>
    private const int Flood = 1_500;

    private static readonly string Filling = new('x', 10_000);

    [Fact]
    public async Task An_upgrade_is_told_whatever_other_listeners_throw()
    {
        var upgraded = new TaskCompletionSource<SocketIOTransports>();
        await using var pair = await Pair.ConnectAsync(transport: SocketIOTransports.Polling);
        pair.Socket.OnUpgraded(_ => throw new InvalidOperationException("a listener"));
        pair.Socket.OnUpgraded(socket => upgraded.SetResult(socket.Transport));
        pair.Socket.Transport.ShouldBe(SocketIOTransports.Polling);
        await using var webSocket = await WebSocketClient.OpenProbeAsync(pair.App, pair.Client.SessionId);
        await webSocket.SendAsync("2probe");
        await webSocket.ShouldReceive("3probe");
        await webSocket.SendAsync("5");
        (await upgraded.Task.Within("the listener")).ShouldBe(SocketIOTransports.WebSocket);
        pair.Log.Of(104).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task What_waits_for_a_slow_client_is_told_and_that_it_has_left_each_time(SocketIOTransports transport)
    {
        var drains = new SemaphoreSlim(0);
        await using var pair = await Pair.ConnectAsync(options: all => all.MaxOutputBufferSize = 64 << 20, transport: transport);
        pair.Socket.BufferedAmount.ShouldBe(0);
        pair.Socket.OnDrained(socket =>
        {
            socket.BufferedAmount.ShouldBe(0);
            drains.Release();
        });
        for (var round = 0; round < 2; round++)
        {
            for (var n = 0; n < Flood; n++) await pair.Socket.EmitAsync("news", n, Filling);
            pair.Socket.BufferedAmount.ShouldBeGreaterThan(0);
            drains.CurrentCount.ShouldBe(0);
            for (var n = 0; n < Flood; n++) (await pair.Client.ReceiveAsync()).ShouldStartWith($"42[\"news\",{n},");
            (await drains.WaitAsync(Patience.Limit)).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Rooms_are_left_together()
    {
        await using var pair = await Pair.ConnectAsync();
        await pair.Socket.JoinAsync("a", "b", "c");
        await pair.Socket.LeaveAsync("a", "c", "unknown");
        pair.Socket.Rooms.ShouldBe([pair.Socket.Id, "b"]);
    }
}
