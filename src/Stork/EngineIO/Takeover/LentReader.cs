using System.Buffers;
using System.IO.Pipelines;

namespace Stork.EngineIO.Takeover;

/// <summary>Another's reader, until <see cref="End"/>: from then on one that is at the end of its bytes, and has no effect.</summary>
internal sealed class LentReader(PipeReader reader) : PipeReader
{
    private static readonly ReadResult AtTheEnd = new(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);

    private PipeReader? _reader = reader;

    public void End() => Volatile.Write(ref _reader, null);

    public override bool TryRead(out ReadResult result)
    {
        if (_reader is { } reader) return reader.TryRead(out result);
        result = AtTheEnd;
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        _reader is { } reader ? reader.ReadAsync(cancellationToken) : new ValueTask<ReadResult>(AtTheEnd);

    public override void AdvanceTo(SequencePosition consumed) => _reader?.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _reader?.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _reader?.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _reader?.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => _reader?.CompleteAsync(exception) ?? ValueTask.CompletedTask;

    protected override ValueTask<ReadResult> ReadAtLeastAsyncCore(int minimumSize, CancellationToken cancellationToken) =>
        _reader is { } reader ? reader.ReadAtLeastAsync(minimumSize, cancellationToken) : new ValueTask<ReadResult>(AtTheEnd);
}
