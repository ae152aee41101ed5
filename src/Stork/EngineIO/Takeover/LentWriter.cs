using System.IO.Pipelines;

namespace Stork.EngineIO.Takeover;

/// <summary>
/// Another's writer, until <see cref="End"/>: from then on one whose reader has gone, so that what is written leads nowhere.
/// </summary>
internal sealed class LentWriter(PipeWriter writer) : PipeWriter
{
    private static readonly FlushResult ReaderHasGone = new(isCanceled: false, isCompleted: true);

    private PipeWriter? _writer = writer;

    public override bool CanGetUnflushedBytes => _writer?.CanGetUnflushedBytes ?? true;

    public override long UnflushedBytes => _writer?.UnflushedBytes ?? 0;

    public void End() => Volatile.Write(ref _writer, null);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _writer?.GetMemory(sizeHint) ?? new byte[Math.Max(sizeHint, 1)];

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        _writer is { } writer ? writer.GetSpan(sizeHint) : new byte[Math.Max(sizeHint, 1)];

    public override void Advance(int bytes) => _writer?.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        _writer?.FlushAsync(cancellationToken) ?? new ValueTask<FlushResult>(ReaderHasGone);

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) =>
        _writer?.WriteAsync(source, cancellationToken) ?? new ValueTask<FlushResult>(ReaderHasGone);

    public override void CancelPendingFlush() => _writer?.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => _writer?.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _writer?.CompleteAsync(exception) ?? ValueTask.CompletedTask;
}
