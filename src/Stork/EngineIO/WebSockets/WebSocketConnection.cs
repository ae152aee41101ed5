using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Stork.EngineIO.Takeover;
using Stork.EngineIO.WebSockets.Compression;
using Stork.EventLoops;

namespace Stork.EngineIO.WebSockets;

/// <summary>An accepted WebSocket connection: the two byte directions and a way to cut them.</summary>
/// <remarks>
/// <para>
/// Disposed before the request ends: afterwards its parts belong to the server again. The request's end closes the connection. One that was
/// taken over is not the request's any more, and is disposed before its owner ends, which closes it.
/// </para>
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
    private readonly ConnectionContext? _takenOver;
    private LentConnection? _lent;
    private bool _disposed;

    private WebSocketConnection(PipeReader input, PipeWriter output, bool ownsPipes, IHttpRequestLifetimeFeature? lifetime)
    {
        Input = input;
        Output = output;
        _ownsPipes = ownsPipes;
        _lifetime = lifetime;
    }

    private WebSocketConnection(LentConnection lent)
        : this(lent.RealTransport.Input, lent.RealTransport.Output, ownsPipes: false, lifetime: null)
    {
        _takenOver = lent.Real;
        _lent = lent;
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <summary>Whether the connection was taken over from HTTP, and if not, why.</summary>
    public TakeoverOutcome Takeover { get; init; }

    /// <summary>How messages are compressed; null if they are not.</summary>
    public DeflateAgreement? Deflate { get; set; }

    /// <summary>Over the server's own pipes; the server completes them.</summary>
    public static WebSocketConnection FromTransport(
        IDuplexPipe transport, IHttpRequestLifetimeFeature? lifetime, TakeoverOutcome takeover = TakeoverOutcome.NotLent) =>
        new(transport.Input, transport.Output, ownsPipes: false, lifetime) { Takeover = takeover };

    /// <summary>Over an upgraded stream. Waiting for bytes with an empty read, so that an idle connection holds no buffer.</summary>
    public static WebSocketConnection FromStream(
        Stream stream, IHttpRequestLifetimeFeature? lifetime, TakeoverOutcome takeover = TakeoverOutcome.NotLent) =>
        new(
            PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)),
            ownsPipes: true,
            lifetime)
        {
            Takeover = takeover,
        };

    /// <summary>Over a connection that HTTP is cut off from. The request that did it has to end before anything is read.</summary>
    public static WebSocketConnection TakeOver(LentConnection lent)
    {
        lent.TakeBack();
        return new WebSocketConnection(lent);
    }

    /// <summary>
    /// Has the owner serve the connection: within the request, or, if it was taken over, once the request has ended.
    /// </summary>
    /// <returns>What the request has to wait for.</returns>
    public Task ServeAsync(IConnectionOwner owner)
    {
        if (_lent is not { } lent) return owner.RunAsync();
        // What was lent leads to all of HTTP, and must not live as long as the connection.
        _lent = null;
        lent.PassTo(owner);
        return Task.CompletedTask;
    }

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
            if (_disposed)
                return;
            _lifetime?.Abort();
            _takenOver?.Abort();
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
