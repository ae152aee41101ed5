using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Stork.Wire;

/// <summary>
/// What one thread does in one go: everything read at once is handled, and everything written meanwhile leaves in one write per connection
/// when the batch ends. Writes of other threads are not held back.
/// </summary>
/// <remarks>
/// At the end: first what has to be done before the writes, which may write itself; then one flush a connection; then what has to follow
/// them. Batches nest, and only the outermost one has an end. The flushes of a large batch are shared by several threads, and the last of
/// them may still be under way when what has to follow is done: see <see cref="SharedFlush"/>.
/// </remarks>
[DebuggerDisplay("depth {_depth}, {_outputs.Count} outputs")]
internal sealed class OutputBatch
{
    [ThreadStatic]
    private static OutputBatch? _ofThisThread;

    private List<IBatchedOutput> _outputs = [];
    private readonly List<Action> _beforeFlush = [];
    private readonly FrameJoiner _joiner = new();
    private TranscodedPackets _transcoded;
    private Action? _afterFlush;
    private int _depth;

    /// <summary>The batch this thread is in; null outside of one.</summary>
    public static OutputBatch? Current => _ofThisThread is { _depth: > 0 } batch ? batch : null;

    public static OutputBatch Enter()
    {
        var batch = _ofThisThread ??= new OutputBatch();
        batch._depth++;
        return batch;
    }

    /// <summary>Runs code as one batch of this thread.</summary>
    public static void Run(Action action)
    {
        var batch = Enter();
        try
        {
            action();
        }
        finally
        {
            batch.Exit();
        }
    }

    /// <summary>Remembers an output that has to be flushed; the output sees to it that it comes once.</summary>
    public void Add(IBatchedOutput output) => _outputs.Add(output);

    /// <inheritdoc cref="FrameJoiner.Join"/>
    public byte[]? Join(byte[] ahead, byte[] frame) => _joiner.Join(ahead, frame);

    /// <summary>What was encoded anew in this batch, for whoever sends the same packet to others.</summary>
    public ref TranscodedPackets Transcoded => ref _transcoded;

    /// <summary>Has something done when everything that was read has been handled, ahead of the writes.</summary>
    public void RunBeforeFlush(Action action) => _beforeFlush.Add(action);

    /// <summary>Has something done behind the last write of the batch, once however often it is asked for.</summary>
    public void RunAfterFlush(Action action)
    {
        if (_afterFlush is { } other && other != action) other();
        _afterFlush = action;
    }

    public void Exit()
    {
        try
        {
            if (_depth == 1) RunPending();
        }
        finally
        {
            // The thread has only this batch, and connections remember that they are in it: whatever failed, it has to end.
            if (--_depth == 0) Flush();
        }
    }

    // Still within the batch: what these write leaves with the rest, and what they want done before the flush is done here too.
    private void RunPending()
    {
        try
        {
            for (var i = 0; i < _beforeFlush.Count; i++) _beforeFlush[i]();
        }
        finally
        {
            _beforeFlush.Clear();
        }
    }

    private void Flush()
    {
        FlushOutputs();
        _joiner.Clear();
        _transcoded = default;
        if (_afterFlush is null) return;
        var action = _afterFlush;
        _afterFlush = null;
        action();
    }

    private void FlushOutputs()
    {
        if (SharedFlush.IsWorthwhile(_outputs.Count))
        {
            _outputs = SharedFlush.Flush(_outputs);
            return;
        }

        BatchFlush.Flush(CollectionsMarshal.AsSpan(_outputs));
        _outputs.Clear();
    }
}
