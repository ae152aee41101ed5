using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Tasks.Sources;

namespace Stork.EventLoops;

/// <summary>
/// What the system had no room for, and the flush that waits for it. Made for the first such flush of a connection, and used again. The
/// bytes are guarded by the writer; the wait by itself.
/// </summary>
internal sealed class SendBacklog : IValueTaskSource<FlushResult>, IThreadPoolWorkItem
{
    private readonly Queue<ArraySegment<byte>> _buffers = new();
    private ManualResetValueTaskSourceCore<FlushResult> _wait;
    private CancellationToken _cancellationToken;
    private CancellationTokenRegistration _cancellation;
    private TaskCompletionSource? _drained;
    private FlushResult _result;
    private int _first;
    private int _isWaiting;
    private bool _isDone = true;
    private bool _isBroken;

    public bool IsEmpty => _buffers.Count == 0;

    public void Enqueue(ArraySegment<byte> bytes)
    {
        _buffers.Enqueue(bytes);
        _isDone = false;
    }

    public bool TryPeek(out ReadOnlySpan<byte> bytes)
    {
        var isThere = _buffers.TryPeek(out var first);
        bytes = isThere ? first.AsSpan(_first) : default;
        return isThere;
    }

    /// <summary>So much of the first has been sent.</summary>
    public void Skip(int bytes) => _first += bytes;

    public void Dequeue()
    {
        _first = 0;
        ArrayPool<byte>.Shared.Return(_buffers.Dequeue().Array!);
    }

    public Task DrainAsync() =>
        (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Waits for <see cref="TryEnd"/>, which may have been called since the bytes were enqueued.</summary>
    public ValueTask<FlushResult> WaitAsync(CancellationToken cancellationToken)
    {
        _wait.Reset();
        _cancellationToken = cancellationToken;
        var flush = new ValueTask<FlushResult>(this, _wait.Version);
        Interlocked.Exchange(ref _isWaiting, 1);
        if (Volatile.Read(ref _isDone) && TryEndWait(new FlushResult(isCanceled: false, _isBroken))) Resume(isInline: true);
        else if (cancellationToken.CanBeCanceled)
            _cancellation = cancellationToken.UnsafeRegister(static wait => ((SendBacklog)wait!).TryCancelWait(), this);
        return flush;
    }

    /// <summary>Ends the wait, though not the sending; false if nobody waits.</summary>
    public bool TryCancelWait()
    {
        if (!TryEndWait(new FlushResult(isCanceled: true, isCompleted: false))) return false;
        Resume(isInline: false);
        return true;
    }

    /// <summary>
    /// Everything is sent, or the connection is broken. If true, a flush waits, and <see cref="Resume"/> has to follow, outside the
    /// writer's lock.
    /// </summary>
    public bool TryEnd(bool isBroken)
    {
        _isBroken = isBroken;
        Interlocked.Exchange(ref _isDone, true);
        _drained?.TrySetResult();
        return TryEndWait(new FlushResult(isCanceled: false, isBroken));
    }

    public void Resume(bool isInline)
    {
        if (isInline) _wait.SetResult(_result);
        else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => _wait.SetResult(_result);

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        var cancelled = _cancellationToken;
        _cancellation.Dispose();
        (_cancellation, _cancellationToken) = (default, default);
        var result = _wait.GetResult(token);
        if (result.IsCanceled) cancelled.ThrowIfCancellationRequested();
        return result;
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private bool TryEndWait(FlushResult result)
    {
        if (Interlocked.Exchange(ref _isWaiting, 0) == 0) return false;
        _result = result;
        return true;
    }
}
