using Stork.Tests.Clients;
using Stork.Wire;

namespace Stork.Tests.Wire;

public sealed class OutputBatchTests
{
    [Fact]
    public async Task What_fails_at_the_end_of_a_batch_keeps_no_output_back_and_leaves_nothing_behind()
    {
        await using var pair = await Pair.ConnectAsync();
        FailABatch(pair.Socket);
        await pair.Client.ShouldReceive("42[\"x\"]");
        await pair.ShouldLive();
    }

    [Fact]
    public async Task A_connection_whose_output_fails_is_closed_and_takes_no_other_with_it()
    {
        await using var pair = await Pair.ConnectAsync();
        var (client, socket) = await pair.AddAsync();
        EmitToBoth(pair, socket);
        await client.ShouldReceive("42[\"x\"]");
        (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
        await pair.Log.WaitForAsync(7);
        socket.Connected.ShouldBeTrue();
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Broadcasts_and_events_to_one_socket_leave_in_the_order_they_were_written_in()
    {
        await using var pair = await Pair.ConnectAsync();
        EmitInTurns(pair);
        await ShouldReceiveEach(pair.Client, "abcdefg");
        await pair.ShouldLive();
    }

    [Fact]
    public async Task Several_broadcasts_in_one_batch_leave_in_order_whatever_else_a_receiver_gets()
    {
        await using var pair = await Pair.ConnectAsync();
        var (client, socket) = await pair.AddAsync();
        var (third, _) = await pair.AddAsync();
        BroadcastSeveral(pair, socket);
        await ShouldReceiveEach(pair.Client, "abcde");
        await ShouldReceiveEach(client, "abxcde");
        await ShouldReceiveEach(third, "abcde");
        await client.DisposeAsync();
        await third.DisposeAsync();
    }

    [Fact]
    public async Task A_broadcast_leaves_ahead_of_the_close_that_follows_it_in_its_batch()
    {
        await using var pair = await Pair.ConnectAsync();
        EmitAndClose(pair);
        await pair.Client.ShouldReceive("42[\"last\"]");
        await pair.Client.ReceiveRestAsync();
    }

    private static async Task ShouldReceiveEach(TestClient client, string names)
    {
        foreach (var name in names) await client.ShouldReceive($"42[\"{name}\"]");
    }

    private static void BroadcastSeveral(Pair pair, Socket other)
    {
        var batch = OutputBatch.Enter();
        _ = pair.IO.EmitAsync("a");
        _ = pair.IO.EmitAsync("b");
        _ = other.EmitAsync("x");
        _ = pair.IO.EmitAsync("c");
        _ = pair.IO.EmitAsync("d");
        _ = pair.IO.EmitAsync("e");
        batch.Exit();
    }

    private static void EmitInTurns(Pair pair)
    {
        var batch = OutputBatch.Enter();
        _ = pair.IO.EmitAsync("a");
        _ = pair.Socket.EmitAsync("b");
        _ = pair.IO.EmitAsync("c");
        _ = pair.IO.EmitAsync("d");
        batch.Exit();
        batch = OutputBatch.Enter();
        _ = pair.IO.EmitAsync("e");
        batch.Exit();
        _ = pair.IO.EmitAsync("f");
        _ = pair.Socket.EmitAsync("g");
    }

    private static void EmitAndClose(Pair pair)
    {
        var batch = OutputBatch.Enter();
        _ = pair.IO.EmitAsync("last");
        _ = pair.Socket.DisconnectAsync(close: true);
        batch.Exit();
    }

    private static void FailABatch(Socket socket)
    {
        var batch = OutputBatch.Enter();
        _ = socket.EmitAsync("x");
        batch.RunBeforeFlush(() => throw new InvalidTimeZoneException());
        Should.Throw<InvalidTimeZoneException>(batch.Exit);
        OutputBatch.Current.ShouldBeNull();
        OutputBatch.Enter().ShouldBeSameAs(batch);
        batch.Exit();
    }

    private static void EmitToBoth(Pair pair, Socket other)
    {
        var flushes = 0;
        pair.IO.Engine.BeforeOutput = () =>
        {
            if (flushes++ == 0) throw new InvalidTimeZoneException();
        };
        var batch = OutputBatch.Enter();
        _ = pair.Socket.EmitAsync("x");
        _ = other.EmitAsync("x");
        batch.Exit();
    }
}
