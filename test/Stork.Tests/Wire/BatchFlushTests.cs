using Stork.Wire;

namespace Stork.Tests.Wire;

public sealed class BatchFlushTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(BatchFlush.Steps + 1)]
    [InlineData(10 * BatchFlush.Steps)]
    public void Outputs_are_flushed_once_each_and_in_order(int count)
    {
        var calls = FlushOutputs(count);
        calls.Where(static call => call.Step == Output.Flush).Select(static call => call.Output).ShouldBe(Enumerable.Range(0, count));
    }

    [Fact]
    public void Each_output_is_fetched_step_by_step_before_it_is_flushed()
    {
        const int Count = 10 * BatchFlush.Steps;
        var calls = FlushOutputs(Count);
        // The first ones are flushed before there is time for that.
        for (var output = BatchFlush.Steps; output < Count; output++)
        {
            calls.Where(call => call.Output == output).Select(static call => call.Step)
                .ShouldBe([.. Enumerable.Range(1, BatchFlush.Steps), Output.Flush]);
        }
    }

    private static List<(int Output, int Step)> FlushOutputs(int count)
    {
        var calls = new List<(int, int)>();
        BatchFlush.Flush([.. Enumerable.Range(0, count).Select(number => new Output(number, calls))]);
        return calls;
    }

    private sealed class Output(int number, List<(int Output, int Step)> calls) : IBatchedOutput
    {
        public const int Flush = 0;

        public void FlushBatch() => calls.Add((number, Flush));

        public void PrefetchForFlush(int step) => calls.Add((number, step));
    }
}
