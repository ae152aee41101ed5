using Stork.Wire;

namespace Stork.Tests.Wire;

public sealed class SharedFlushTests
{
    private const int Many = 10 * SharedFlush.Fewest + 1;

    [Fact]
    public async Task Each_output_of_a_large_batch_is_flushed_once()
    {
        // The second time, the list of the first may be there again.
        for (var time = 0; time < 3; time++)
        {
            using var left = new CountdownEvent(Many);
            var outputs = Enumerable.Range(0, Many).Select(_ => new Output(() => left.Signal())).ToArray();
            await Task.Run(() => FlushInBatch(outputs));
            left.Wait(Patience.Limit).ShouldBeTrue();
            outputs.ShouldAllBe(static output => output.Flushes == 1);
        }
    }

    [Fact]
    public async Task While_one_connection_takes_long_another_thread_flushes_the_others()
    {
        Assert.SkipUnless(Environment.ProcessorCount > 1, "It needs two processors.");
        using var lastCame = new ManualResetEventSlim();
        var otherFlushed = false;
        Output[] outputs =
        [
            new(() => otherFlushed = lastCame.Wait(Patience.Limit)),
            .. Enumerable.Range(0, Many).Select(static _ => new Output(static () => { })),
            new(lastCame.Set),
        ];
        await Task.Run(() => FlushInBatch(outputs));
        SpinWait.SpinUntil(() => Volatile.Read(ref otherFlushed), Patience.Limit).ShouldBeTrue();
    }

    private static void FlushInBatch(IReadOnlyList<Output> outputs)
    {
        var batch = OutputBatch.Enter();
        foreach (var output in outputs) batch.Add(output);
        batch.Exit();
    }

    private sealed class Output(Action onFlush) : IBatchedOutput
    {
        private int _flushes;

        public int Flushes => Volatile.Read(ref _flushes);

        public void PrefetchForFlush(int step)
        {
        }

        public void FlushBatch()
        {
            Interlocked.Increment(ref _flushes);
            onFlush();
        }
    }
}
