namespace Stork.Wire;

/// <summary>Flushes many outputs, one after the other.</summary>
/// <remarks>
/// Between two flushes of the same connection thousands of others have had the processor's cache, and a flush follows a chain of objects to
/// the socket. So while one output is flushed, the objects of the next ones are fetched, each output being a step further than the one
/// behind it:
/// <code>
///   at output i:    i + 4: itself    i + 3: step 1    i + 2: step 2    i + 1: step 3    i: flushed
/// </code>
/// </remarks>
internal static class BatchFlush
{
    /// <summary>The longest chain from an output to its socket.</summary>
    public const int Steps = 3;

    public static void Flush(ReadOnlySpan<IBatchedOutput> outputs)
    {
        for (var i = 0; i < outputs.Length; i++)
        {
            if (i + Steps + 1 < outputs.Length) ProcessorCache.Prefetch(outputs[i + Steps + 1]);
            for (var step = Steps; step > 0; step--)
            {
                var ahead = i + Steps + 1 - step;
                if (ahead < outputs.Length) outputs[ahead].PrefetchForFlush(step);
            }

            outputs[i].FlushBatch();
        }
    }
}
