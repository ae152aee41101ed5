using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Stork.EngineIO.WebSockets;

/// <summary>An accepted WebSocket connection: the two byte directions and a way to cut them.</summary>
/// <remarks>
/// <para>Disposed before the request ends: afterwards its parts belong to the server again. The request's end closes the connection.</para>
/// <para>
/// Neither pipe allows two callers at once, and nothing may be written while a flush is under way. A read may come back cancelled
/// although nobody here cancelled it: the server does so when it begins to stop. It carries no meaning of its own; read again.
/// </para>
/// <para>
/// A connection that is cut, from whichever side, completes the pending read or fails it; see <see cref="IsEnd"/>. A flush that waits
/// comes back, too, but over TLS it may claim success: only the reading side tells the end reliably.
/// </para>
/// <para>Guarded by its own monitor, which costs an idle connection nothing and is hardly ever contended.</para>
/// </remarks>
internal sealed class WebSocketConnection : IAsyncDisposable
{
    private static readonly Exception Discarded = new OperationCanceledException("The connection was disposed.");

    private readonly bool _ownsPipes;
    private readonly IHttpRequestLifetimeFeature? _lifetime;
    private bool _disposed;

    private WebSocketConnection(PipeReader input, PipeWriter output, bool ownsPipes, IHttpRequestLifetimeFeature? lifetime)
    {
        Input = input;
        Output = output;
        _ownsPipes = ownsPipes;
        _lifetime = lifetime;
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Over the server's own pipes; the server completes them.</summary>
    public static WebSocketConnection FromTransport(IDuplexPipe transport, IHttpRequestLifetimeFeature? lifetime) =>
        new(transport.Input, transport.Output, ownsPipes: false, lifetime);

    /// <summary>Over an upgraded stream. Waiting for bytes with an empty read, so that an idle connection holds no buffer.</summary>
    public static WebSocketConnection FromStream(Stream stream, IHttpRequestLifetimeFeature? lifetime) =>
        new(
            PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)),
            ownsPipes: true,
            lifetime);

    /// <summary>
    /// Whether a read or a flush that threw only says that the connection is over: a reset or a broken TLS stream is an
    /// <see cref="IOException"/>, an abort (here or by the server as it stops) an <see cref="OperationCanceledException"/>.
    /// </summary>
    public static bool IsEnd(Exception exception) => exception is IOException or OperationCanceledException;

    /// <summary>Cuts the connection at once, from any thread. Nothing happens after disposal: the request may be another's then.</summary>
    public void Abort()
    {
        lock (this)
        {
            if (!_disposed)
                _lifetime?.Abort();
        }
    }

    /// <summary>Lets go of the buffers. Bytes that were written but not flushed are dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (this)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        if (!_ownsPipes)
            return;

        // Completed with an error, the writer gives its buffers back without touching a peer that may be gone or slow.
        await Input.CompleteAsync();
        await Output.CompleteAsync(Discarded);
    }
}
