using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Stork.Tests.EngineIO.Takeover;

/// <summary>A connection middleware below Stork's own: what the server sends, one text for each flush or for the end.</summary>
internal sealed class RecordedTransport(PipeReader input, PipeWriter output, ConcurrentQueue<string> sent) : PipeWriter, IDuplexPipe
{
    /// <summary>Stands behind what had not been flushed when the writer was completed.</summary>
    public const string End = "(end)";

    private readonly StringBuilder _unflushed = new();
    private Memory<byte> _memory;

    public PipeReader Input => input;

    public PipeWriter Output => this;

    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes;

    public static Func<ConnectionDelegate, ConnectionDelegate> Into(ConcurrentQueue<string> sent) => next => connection =>
    {
        connection.Transport = new RecordedTransport(connection.Transport.Input, connection.Transport.Output, sent);
        return next(connection);
    };

    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = output.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        _unflushed.Append(Encoding.Latin1.GetString(_memory.Span[..bytes]));
        _memory = _memory[bytes..];
        output.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Record();
        return output.FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        _unflushed.Append(End);
        Record();
        output.Complete(exception);
    }

    private void Record()
    {
        if (_unflushed.Length == 0) return;
        sent.Enqueue(_unflushed.ToString());
        _unflushed.Clear();
    }
}
