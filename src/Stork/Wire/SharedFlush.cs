using System.Runtime.InteropServices;

namespace Stork.Wire;

/// <summary>
/// The flushes at the end of a large batch, shared by the processors: a broadcast to thousands is as many system calls.
/// </summary>
/// <remarks>
/// <para>
/// What each connection is to send, and in which order, was settled when it was written; whoever flushes a connection first, under its
/// lock, sends all of that, and who comes later finds nothing. So order does not depend on which thread flushes, nor when.
/// </para>
/// <para>
/// Every thread takes a portion, and another one until there are none. The thread that had the batch does so as well and waits for nobody:
/// if the pool is busy, it does all of it. It goes on once all portions are taken; the last of them may still be under way.
/// </para>
/// </remarks>
internal sealed class SharedFlush : IThreadPoolWorkItem
{
    /// <summary>Below that many outputs a batch is not shared: to wake another thread costs as much as a dozen of them.</summary>
    public const int Fewest = 256;

    private const int Portion = 64;

    // The list of the shared batch that ended last; the next one fills it again.
    private static List<IBatchedOutput>? _spare;

    private readonly List<IBatchedOutput> _outputs;
    private readonly int _count;
    private int _next;
    private int _left;

    private SharedFlush(List<IBatchedOutput> outputs)
    {
        _outputs = outputs;
        _left = _count = outputs.Count;
    }

    public static bool IsWorthwhile(int outputs) => outputs >= Fewest && Environment.ProcessorCount > 1;

    /// <summary>Flushes all outputs, together with other threads. The list is theirs from now on; returned is another, empty.</summary>
    public static List<IBatchedOutput> Flush(List<IBatchedOutput> outputs)
    {
        var flush = new SharedFlush(outputs);
        for (var others = Math.Min(Environment.ProcessorCount, outputs.Count / Portion) - 1; others > 0; others--)
            ThreadPool.UnsafeQueueUserWorkItem(flush, preferLocal: false);
        flush.Execute();
        return Interlocked.Exchange(ref _spare, null) ?? [];
    }

    public void Execute()
    {
        while (true)
        {
            var end = Interlocked.Add(ref _next, Portion);
            var start = end - Portion;
            if (start >= _count) return;
            end = Math.Min(end, _count);
            BatchFlush.Flush(CollectionsMarshal.AsSpan(_outputs)[start..end]);
            if (Interlocked.Add(ref _left, start - end) == 0) GiveListBack();
        }
    }

    // All portions are done: nobody looks into the list any more.
    private void GiveListBack()
    {
        _outputs.Clear();
        Volatile.Write(ref _spare, _outputs);
    }
}
