using System.Buffers;
using System.IO.Pipelines;

namespace Stork.EngineIO.Takeover;

/// <summary>
/// Another's writer, until <see cref="End"/>: from then on one whose reader has gone, so that what is written leads nowhere.
/// </summary>
/// <remarks>
/// While <see cref="DelaysFlushes"/>, a flush claims success and sends nothing. The bytes leave with the next flush, whoever does it: an
/// answer and what follows it at once need one call of the system, and the peer wakes up once.
/// </remarks>
internal sealed class LentWriter(PipeWriter writer) : PipeWriter
{
    private static readonly FlushResult ReaderHasGone = new(isCanceled: false, isCompleted: true);

    private static readonly FlushResult FlushedLater = new(isCanceled: false, isCompleted: false);

    private PipeWriter? _writer = writer;

    public bool DelaysFlushes { get; set; }

    public override bool CanGetUnflushedBytes => _writer?.CanGetUnflushedBytes ?? true;

    public override long UnflushedBytes => _writer?.UnflushedBytes ?? 0;

    public void End() => Volatile.Write(ref _writer, null);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _writer?.GetMemory(sizeHint) ?? new byte[Math.Max(sizeHint, 1)];

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        _writer is { } writer ? writer.GetSpan(sizeHint) : new byte[Math.Max(sizeHint, 1)];

    public override void Advance(int bytes) => _writer?.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        _writer is not { } writer ? new ValueTask<FlushResult>(ReaderHasGone)
        : DelaysFlushes ? new ValueTask<FlushResult>(FlushedLater)
        : writer.FlushAsync(cancellationToken);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (_writer is not { } writer) return new ValueTask<FlushResult>(ReaderHasGone);
        if (!DelaysFlushes) return writer.WriteAsync(source, cancellationToken);
        writer.Write(source.Span);
        return new ValueTask<FlushResult>(FlushedLater);
    }

    public override void CancelPendingFlush() => _writer?.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => _writer?.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _writer?.CompleteAsync(exception) ?? ValueTask.CompletedTask;
}
