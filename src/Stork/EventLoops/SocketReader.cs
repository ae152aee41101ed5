using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace Stork.EventLoops;

/// <summary>
/// The bytes a socket receives, as a pipe without a task or a buffer of its own: it receives when somebody reads, into a pooled array that
/// is given back as soon as all of it is consumed.
/// </summary>
/// <remarks>
/// One reader at a time, as for every pipe. Who waits is resumed by the loop, or by a cancellation; <see cref="Readiness"/> decides who may
/// touch the fields.
/// </remarks>
[DebuggerDisplay("{_end - _start} B, readiness {_readiness}, ended: {_isEnded}")]
internal sealed class SocketReader(LoopConnection connection) : PipeReader, IValueTaskSource<ReadResult>, IThreadPoolWorkItem
{
    /// <summary>
    /// More than this cannot be left unconsumed by somebody who still wants more: the next array would be too long. Who reads has limits of
    /// its own; a body may be read as a whole.
    /// </summary>
    private const int MaxUnconsumed = 1024 * 1024 * 1024 - 1;

    private const int ReceiveSize = 16 * 1024;

    /// <summary>A rest of at most this is moved into an array of its own size before the reader waits.</summary>
    private const int SmallRest = 1024;

    private ManualResetValueTaskSourceCore<bool> _wait;
    private CancellationTokenRegistration _waitCancellation;
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private Readiness _readiness = new();
    private bool _isExamined = true;
    private bool _isDrained;
    private bool _isEnded;
    private bool _isCancelled;
    private bool _isCompleted;
    private Exception? _error;

    /// <summary>What was received and is not consumed. Only for who resumes the reader.</summary>
    public ReadOnlySpan<byte> Unconsumed => _buffer.AsSpan(_start, _end - _start);

    public override bool TryRead(out ReadResult result)
    {
        ThrowIfCompleted();
        if (HasSomething() || TryReceive())
        {
            result = CreateResult();
            return true;
        }

        result = default;
        return false;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return TryRead(out var result) ? new ValueTask<ReadResult>(result) : WaitAsync(cancellationToken);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        ThrowIfCompleted();
        // Positions of an empty sequence may come from anywhere.
        if (_end == _start) return;
        _isExamined = examined.GetInteger() == _end;
        _start = consumed.GetInteger();
        if (_start == _end) ReturnBuffer();
    }

    public override void CancelPendingRead()
    {
        Volatile.Write(ref _isCancelled, true);
        // The caller may hold locks that the reader's continuation wants.
        if (_readiness.TryEndWait())
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted) return;
        _isCompleted = true;
        ReturnBuffer();
    }

    /// <summary>The loop's call: something has arrived, or the connection is over.</summary>
    public void OnReadable()
    {
        if (!_readiness.TrySignal()) return;
        while (!Volatile.Read(ref _isCancelled) && !TryReceive())
        {
            // Nothing after all.
            if (TryWait()) return;
        }

        if (connection.MayRunInline(this))
        {
            _wait.SetResult(true);
            return;
        }

        // Of many that wait for a thread, none holds a large array for a few bytes.
        ShrinkRest();
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => _wait.SetResult(true);

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _wait.GetResult(token);
        return EndWait(_waitCancellation.Token);
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        ShrinkRest();
        _wait.Reset();
        var version = _wait.Version;
        if (cancellationToken.CanBeCanceled)
        {
            _waitCancellation = cancellationToken.UnsafeRegister(
                static (reader, _) => ((SocketReader)reader!).CancelPendingRead(), this);
        }

        while (!TryWait())
        {
            if (Volatile.Read(ref _isCancelled) || TryReceive()) return new ValueTask<ReadResult>(EndWait(cancellationToken));
        }

        return new ValueTask<ReadResult>(this, version);
    }

    private ReadResult EndWait(CancellationToken cancellationToken)
    {
        _waitCancellation.Dispose();
        _waitCancellation = default;
        if (!cancellationToken.IsCancellationRequested) return CreateResult();
        Volatile.Write(ref _isCancelled, false);
        throw new OperationCanceledException(cancellationToken);
    }

    // A cancellation that came just before has seen nobody wait: it ends the wait here.
    private bool TryWait() =>
        _readiness.TryWait() && !(Volatile.Read(ref _isCancelled) && _readiness.TryEndWait());

    private bool HasSomething() => !_isExamined || _isEnded || Volatile.Read(ref _isCancelled);

    private ReadResult CreateResult()
    {
        var isCancelled = Volatile.Read(ref _isCancelled);
        if (isCancelled) Volatile.Write(ref _isCancelled, false);
        if (_isEnded && _isExamined && (connection.AbortReason ?? _error) is { } error) throw error;
        return new ReadResult(new ReadOnlySequence<byte>(_buffer, _start, _end - _start), isCancelled, _isEnded);
    }

    /// <summary>Whether there is something to tell the reader now: bytes or the end. Sets the readiness back to Idle if not.</summary>
    private bool TryReceive()
    {
        // What came after the last call, which took all there was, is announced by another event.
        if (_isDrained && !connection.IsHungUp && !_readiness.IsReady) return false;
        _readiness.Reset();
        MakeRoom();
        var space = _buffer.AsSpan(_end);
        var (received, error) = connection.Receive(space);
        if (received > 0)
        {
            _isDrained = received < space.Length;
            _end += received;
            _isExamined = false;
            connection.TellEndIfReceived();
            return true;
        }

        if (_start == _end) ReturnBuffer();
        if (received < 0 && error == SocketCalls.TryAgain)
        {
            _isDrained = true;
            return false;
        }

        _isEnded = true;
        if (received < 0) _error = new ConnectionResetException($"The connection broke: {Marshal.GetPInvokeErrorMessage(error)}.");
        return true;
    }

    private void MakeRoom()
    {
        if (_buffer.Length - _end >= SmallRest) return;
        var rest = _end - _start;
        if (rest > MaxUnconsumed) throw new InvalidOperationException("The reader wants more, and does not consume what it has.");
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(ReceiveSize, rest * 2));
        _buffer.AsSpan(_start, rest).CopyTo(larger);
        ReturnBuffer();
        (_buffer, _end) = (larger, rest);
    }

    private void ShrinkRest()
    {
        var rest = _end - _start;
        if (rest is 0 or > SmallRest || _buffer.Length <= 2 * SmallRest) return;
        var smaller = ArrayPool<byte>.Shared.Rent(rest);
        _buffer.AsSpan(_start, rest).CopyTo(smaller);
        ReturnBuffer();
        (_buffer, _end) = (smaller, rest);
    }

    private void ReturnBuffer()
    {
        var buffer = _buffer;
        (_buffer, _start, _end) = ([], 0, 0);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private void ThrowIfCompleted()
    {
        if (_isCompleted) throw new InvalidOperationException("Reading is not allowed after the reader was completed.");
    }
}
