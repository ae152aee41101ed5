namespace Stork.Tests.SocketIO.Broadcasting;

/// <summary>What a receiver is at the moment a broadcast comes to it is what counts, however the broadcast finds out.</summary>
public sealed class ReceiverTests
{
    [Fact]
    public async Task A_listener_of_outgoing_events_sees_the_broadcasts_that_are_sent_while_it_is_registered()
    {
        await using var pair = await Pair.ConnectAsync();
        var seen = new List<string>();
        void Listen(SocketEvent sent) => seen.Add(sent.Name);
        await pair.IO.EmitAsync("before");
        pair.Socket.OnAnyOutgoing(Listen);
        await pair.IO.EmitAsync("during");
        pair.Socket.OffAnyOutgoing(Listen);
        await pair.IO.EmitAsync("after");
        pair.Socket.OnAnyOutgoing(Listen);
        await pair.IO.EmitAsync("again");
        seen.ShouldBe(["during", "again"]);
        foreach (var name in new[] { "before", "during", "after", "again" }) await pair.Client.ShouldReceive($"42[\"{name}\"]");
    }

    [Fact]
    public async Task A_socket_that_is_sent_away_while_a_broadcast_is_under_way_does_not_get_it()
    {
        await using var pair = await Pair.ConnectAsync();
        var (other, otherSocket) = await pair.AddAsync();
        await using var alsoThere = other;
        // Receivers are in the order in which they have joined, and the list of them is made before.
        pair.Socket.OnAnyOutgoing(sent => _ = otherSocket.DisconnectAsync());
        await pair.IO.EmitAsync("x");
        await pair.Client.ShouldReceive("42[\"x\"]");
        await other.ShouldReceive("41");
        await other.SendAsync("40");
        (await other.ReceiveAsync()).ShouldStartWith("40{\"sid\"");
    }
}
