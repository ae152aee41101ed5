using System.Diagnostics;
using System.Net.WebSockets;

namespace Stork.EngineIO.WebSockets.Compression;

/// <summary>Makes compressed frames of messages. Not thread-safe.</summary>
/// <remarks>
/// <c>DeflateStream</c> cannot be told a window, nor be reset. The framework's WebSocket can both, and makes the whole frame: it runs here
/// over memory, where each call is over before it returns.
/// </remarks>
internal sealed class MessageDeflater : IDisposable
{
    // Without context takeover nothing is left of a message when its frame is done, and connections can take turns; one for each size of a
    // window.
    [ThreadStatic]
    private static MessageDeflater?[]? _ofThisThread;

    private readonly FrameSink _sink = new();
    private readonly WebSocket _engine;

    public MessageDeflater(int windowBits, bool takesOver) =>
        _engine = WebSocket.CreateFromStream(_sink, new WebSocketCreationOptions
        {
            IsServer = true,
            KeepAliveInterval = TimeSpan.Zero,
            DangerousDeflateOptions = new WebSocketDeflateOptions
            {
                ServerMaxWindowBits = windowBits,
                ServerContextTakeover = takesOver,
                ClientContextTakeover = false,
            },
        });

    /// <summary>One without context takeover, until the caller returns.</summary>
    public static MessageDeflater OfThisThread(int windowBits)
    {
        _ofThisThread ??= new MessageDeflater?[PerMessageDeflateOptions.MostWindowBits + 1];
        return _ofThisThread[windowBits] ??= new MessageDeflater(windowBits, takesOver: false);
    }

    /// <summary>The message as one frame: header, with the bit that says that it is compressed, and compressed payload.</summary>
    public byte[] Deflate(ReadOnlyMemory<byte> payload, bool isBinary)
    {
        var type = isBinary ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
        var sending = _engine.SendAsync(payload, type, WebSocketMessageFlags.EndOfMessage, CancellationToken.None);
        Debug.Assert(sending.IsCompleted, "Nothing waits for memory.");
        sending.GetAwaiter().GetResult();
        return _sink.TakeFrame();
    }

    public void Dispose() => _engine.Dispose();

    /// <summary>Where a frame lands.</summary>
    private sealed class FrameSink : InertStream
    {
        private byte[] _frame = [];

        public byte[] TakeFrame()
        {
            var frame = _frame;
            _frame = [];
            return frame;
        }

        public override void Write(ReadOnlySpan<byte> buffer) => _frame = [.. _frame, .. buffer];
    }
}
