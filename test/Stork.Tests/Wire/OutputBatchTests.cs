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
