using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;

namespace Stork.EventLoops;

/// <summary>
/// The bytes a socket sends, as a pipe whose flush hands them to the system on the caller's thread. It holds an array only from the first
/// byte written to the end of the flush.
/// </summary>
/// <remarks>
/// One writer at a time, as for every pipe. What the system has no room for becomes the backlog, which the loop goes on with; it is
/// guarded by the writer's own monitor, and nothing else is.
/// </remarks>
[DebuggerDisplay("{UnflushedBytes} B, broken: {_isBroken}")]
internal sealed class SocketWriter(LoopConnection connection) : PipeWriter
{
    private const int SmallestBuffer = 4096;

    /// <summary>A buffer this long is not made longer: another one follows it.</summary>
    private const int LargestBuffer = 64 * 1024;

    // Buffers that are full; only large answers have any.
    private Queue<ArraySegment<byte>>? _full;
    private byte[] _buffer = [];
    private int _length;
    private SendBacklog? _backlog;
    private bool _isBroken;
    private bool _isCompleted;
    private bool _isCancelled;

    public override bool CanGetUnflushedBytes => true;

    /// <summary>Whether what is in the buffer may be sent: neither full buffers nor a backlog have to go first.</summary>
    private bool HasNothingAhead => _full is not { Count: > 0 } && _backlog is not { IsEmpty: false };

    public override long UnflushedBytes => _length + (_full?.Sum(static buffer => (long)buffer.Count) ?? 0);

    /// <summary>Has the processor fetch what sending touches besides the writer itself.</summary>
    public void PrefetchForSend() => ProcessorCache.Prefetch(connection);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_length);
    }

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)(_buffer.Length - _length), nameof(bytes));
        _length += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        var sent = 0;
        SendBacklog? backlog = null;
        if (HasNothingAhead && TrySend(_buffer.AsSpan(0, _length), ref sent)) ReturnBuffer();
        else backlog = AddToBacklog(sent);
        if (backlog is null) return new ValueTask<FlushResult>(new FlushResult(TryEndCancellation(), Volatile.Read(ref _isBroken)));

        var flush = backlog.WaitAsync(cancellationToken);
        // A cancellation that came before has seen nobody wait.
        if (Volatile.Read(ref _isCancelled) && backlog.TryCancelWait()) Volatile.Write(ref _isCancelled, false);
        return flush;
    }

    /// <summary>Sends from the source itself, as long as the system has room; only what it has none for is copied.</summary>
    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        ThrowIfCompleted();
        var sent = 0;
        if (_length == 0 && HasNothingAhead && !Volatile.Read(ref _isCancelled) && TrySend(source.Span, ref sent))
            return new ValueTask<FlushResult>(new FlushResult(isCanceled: false, _isBroken));
        this.Write(source.Span[sent..]);
        return FlushAsync(cancellationToken);
    }

    /// <summary>Ends the wait of a flush, this one's or the next one's. What it was to send leaves all the same.</summary>
    public override void CancelPendingFlush()
    {
        if (Volatile.Read(ref _backlog)?.TryCancelWait() == true) return;
        // A flush that begins to wait behind this sees it; one that has done so meanwhile does not.
        Interlocked.Exchange(ref _isCancelled, true);
        if (Volatile.Read(ref _backlog)?.TryCancelWait() == true) Volatile.Write(ref _isCancelled, false);
    }

    /// <summary>
    /// What was written still leaves, unless there is an error, which drops what waits, too; <see cref="DrainAsync"/> waits for it.
    /// </summary>
    public override void Complete(Exception? exception = null)
    {
        if (_isCompleted) return;
        _isCompleted = true;
        if (exception is not null) Volatile.Write(ref _isBroken, true);
        if (UnflushedBytes > 0 && !TrySendLast(out var sent)) _ = AddToBacklog(sent);
        ReturnBuffer();
        if (exception is not null) OnWritable();
    }

    /// <summary>Completes when everything that was written is handed to the system, or cannot be any more.</summary>
    public Task DrainAsync()
    {
        lock (this) return _backlog is { IsEmpty: false } backlog ? backlog.DrainAsync() : Task.CompletedTask;
    }

    /// <summary>The loop's call: there is room again, or the connection is over.</summary>
    public void OnWritable()
    {
        // Whoever makes a backlog tries to send once more behind this: an event that finds none is not missed.
        if (Volatile.Read(ref _backlog) is not { } backlog) return;
        lock (this)
        {
            // Ended within the lock: bytes that come behind these have an end of their own.
            if (backlog.IsEmpty || !TrySendBacklog(backlog) || !backlog.TryEnd(Volatile.Read(ref _isBroken))) return;
        }

        backlog.Resume(connection.MayRunInline());
    }

    private bool TryEndCancellation()
    {
        if (!Volatile.Read(ref _isCancelled)) return false;
        Volatile.Write(ref _isCancelled, false);
        return true;
    }

    /// <summary>
    /// Sends all that is unflushed together with the end of the output: one segment, where two would wake the peer twice. False if there
    /// is no room for it now.
    /// </summary>
    private bool TrySendLast(out int sent)
    {
        sent = 0;
        if (_full is { Count: > 0 } || _backlog is { IsEmpty: false }) return false;
        if (Volatile.Read(ref _isBroken)) return true;
        sent = Math.Max(connection.SendLast(_buffer.AsSpan(0, _length)).Count, 0);
        return sent == _length;
    }

    /// <summary>Puts what is unflushed behind what waits already; null if all of it could be sent after all.</summary>
    private SendBacklog? AddToBacklog(int sent)
    {
        lock (this)
        {
            if (_backlog is null) Volatile.Write(ref _backlog, new SendBacklog());
            while (_full?.TryDequeue(out var full) == true) _backlog.Enqueue(full);
            if (_length > sent) _backlog.Enqueue(new ArraySegment<byte>(_buffer, sent, _length - sent));
            else ReturnBuffer();
            (_buffer, _length) = ([], 0);
            return TrySendBacklog(_backlog) ? null : _backlog;
        }
    }

    private bool TrySendBacklog(SendBacklog backlog)
    {
        while (backlog.TryPeek(out var bytes))
        {
            var sent = 0;
            if (!TrySend(bytes, ref sent))
            {
                backlog.Skip(sent);
                return false;
            }

            backlog.Dequeue();
        }

        return true;
    }

    /// <summary>True if all is sent, or never can be; false once the system has no more room.</summary>
    private bool TrySend(ReadOnlySpan<byte> bytes, ref int sent)
    {
        while (sent < bytes.Length && !Volatile.Read(ref _isBroken))
        {
            var (count, error) = connection.Send(bytes[sent..]);
            if (count >= 0) sent += count;
            else if (error == SocketCalls.TryAgain) return false;
            else Volatile.Write(ref _isBroken, true);
        }

        return true;
    }

    private void Reserve(int size)
    {
        ThrowIfCompleted();
        if (_buffer.Length - _length >= size) return;
        if (_length >= LargestBuffer)
        {
            (_full ??= new Queue<ArraySegment<byte>>()).Enqueue(new ArraySegment<byte>(_buffer, 0, _length));
            (_buffer, _length) = ([], 0);
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBuffer, Math.Max(_length + size, 2 * _length)));
        var length = _length;
        _buffer.AsSpan(0, length).CopyTo(larger);
        ReturnBuffer();
        (_buffer, _length) = (larger, length);
    }

    private void ThrowIfCompleted()
    {
        if (_isCompleted) throw new InvalidOperationException("Writing is not allowed after the writer was completed.");
    }

    private void ReturnBuffer()
    {
        var buffer = _buffer;
        (_buffer, _length) = ([], 0);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }
}
