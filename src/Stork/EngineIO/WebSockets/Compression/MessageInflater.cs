using System.Buffers;
using System.Diagnostics;
using System.Net.WebSockets;
using Stork.Wire;

namespace Stork.EngineIO.WebSockets.Compression;

/// <summary>Makes messages of compressed payloads, no longer than allowed. Not thread-safe.</summary>
/// <remarks>
/// As with <see cref="MessageDeflater"/>, it is the framework's WebSocket over memory, here as a client that reads one frame. It inflates
/// into a pooled array that grows by doubling, up to one byte more than the message may have: that byte is the proof of a bomb.
/// </remarks>
/// <param name="windowBits">How far back the sender refers at most, as a power of 2.</param>
/// <param name="takesOver">Whether it refers to earlier messages.</param>
internal sealed class MessageInflater(int windowBits, bool takesOver) : IDisposable
{
    private const int SmallestBuffer = 4096;

    // Without context takeover nothing is left of a message once it is read, and connections can take turns.
    [ThreadStatic]
    private static Engine? _ofThisThread;

    private Engine? _own;
    private byte[] _buffer = [];

    /// <summary>The bytes of the pooled array held now.</summary>
    public int HeldBytes => _buffer.Length;

    /// <summary>Inflates a whole message, all its frames' payloads together.</summary>
    /// <param name="compressed">The payload.</param>
    /// <param name="maxLength">How long the message may be.</param>
    /// <returns>The message. The bytes last until the next call.</returns>
    /// <exception cref="WebSocketProtocolException">The message is too long, or the payload is not what it should be.</exception>
    public ReadOnlyMemory<byte> Inflate(ReadOnlyMemory<byte> compressed, int maxLength)
    {
        var engine = RentEngine();
        try
        {
            var length = Inflate(engine, compressed, maxLength);
            if (takesOver) _own = engine;
            else _ofThisThread = engine;
            return _buffer.AsMemory(0, length);
        }
        catch (WebSocketException)
        {
            // It gives up at the end of a final block, behind which a message may have one byte more (RFC 7692, 7.2.3.4).
            engine.Dispose();
            ReleaseBuffer();
            return InflateFinalBlocks(compressed, maxLength);
        }
        catch (WebSocketProtocolException)
        {
            engine.Dispose();
            throw;
        }
    }

    public void ReleaseBuffer()
    {
        if (_buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    public void Dispose()
    {
        ReleaseBuffer();
        _own?.Dispose();
        _own = null;
    }

    /// <summary>Takes it out, so that one in the middle of something bad is never used again.</summary>
    private Engine RentEngine()
    {
        if (takesOver)
        {
            // A window of 256 bytes lies in any larger one.
            var own = _own ?? new Engine(Math.Max(windowBits, PerMessageDeflateOptions.LeastWindowBits), takesOver: true);
            _own = null;
            return own;
        }

        var shared = _ofThisThread ?? new Engine(PerMessageDeflateOptions.MostWindowBits, takesOver: false);
        _ofThisThread = null;
        return shared;
    }

    private int Inflate(Engine engine, ReadOnlyMemory<byte> compressed, int maxLength)
    {
        engine.Begin(compressed);
        var length = 0;
        while (true)
        {
            var left = engine.BytesLeft;
            var (count, isWhole) = engine.Read(GetRoom(length, maxLength));
            length += count;
            CheckLength(length, maxLength);
            if (isWhole) return length;
            // Empty blocks give nothing, but they are taken.
            if (count == 0 && engine.BytesLeft == left) throw Invalid();
        }
    }

    private ReadOnlyMemory<byte> InflateFinalBlocks(ReadOnlyMemory<byte> compressed, int maxLength)
    {
        using var blocks = new FinalBlocks(compressed);
        var length = 0;
        try
        {
            while (true)
            {
                var count = blocks.Read(GetRoom(length, maxLength).Span);
                if (count == 0) break;
                length += count;
                CheckLength(length, maxLength);
            }
        }
        catch (InvalidDataException)
        {
            throw Invalid();
        }

        return blocks.IsWhole ? _buffer.AsMemory(0, length) : throw Invalid();
    }

    /// <summary>What is free behind the bytes so far, at least one byte, and one more than may be used.</summary>
    private Memory<byte> GetRoom(int length, int maxLength)
    {
        if (length == _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(SmallestBuffer, 2L * length), maxLength + 1L));
            _buffer.AsSpan(0, length).CopyTo(larger);
            ReleaseBuffer();
            _buffer = larger;
        }

        return _buffer.AsMemory(length, Math.Min(_buffer.Length, maxLength + 1) - length);
    }

    private static void CheckLength(int length, int maxLength)
    {
        if (length > maxLength)
            throw new WebSocketProtocolException(WebSocketCloseCode.TooBig, "A compressed message is longer than allowed.");
    }

    private static WebSocketProtocolException Invalid() =>
        new(WebSocketCloseCode.InvalidPayload, "A compressed message cannot be inflated.");

    /// <summary>The framework's client, which reads one frame after the other from memory.</summary>
    private sealed class Engine : IDisposable
    {
        private readonly FrameSource _source = new();
        private readonly WebSocket _client;

        public Engine(int windowBits, bool takesOver) =>
            _client = WebSocket.CreateFromStream(_source, new WebSocketCreationOptions
            {
                IsServer = false,
                KeepAliveInterval = TimeSpan.Zero,
                DangerousDeflateOptions = new WebSocketDeflateOptions
                {
                    ServerMaxWindowBits = windowBits,
                    ServerContextTakeover = takesOver,
                    ClientContextTakeover = false,
                },
            });

        public int BytesLeft => _source.BytesLeft;

        public void Begin(ReadOnlyMemory<byte> payload) => _source.SetFrame(payload);

        public (int Count, bool IsWhole) Read(Memory<byte> destination)
        {
            var receiving = _client.ReceiveAsync(destination, CancellationToken.None);
            Debug.Assert(receiving.IsCompleted, "Nothing waits for memory.");
            var result = receiving.GetAwaiter().GetResult();
            if (!result.EndOfMessage) return (result.Count, false);
            _source.Clear();
            return (result.Count, true);
        }

        public void Dispose() => _client.Dispose();
    }

    /// <summary>A frame as its reader expects it: compressed, and not masked. Binary, as text is checked by our own reader.</summary>
    private sealed class FrameSource : InertStream
    {
        private readonly byte[] _header = new byte[WebSocketFrame.MaxHeaderLength];
        private ReadOnlyMemory<byte> _rest;
        private ReadOnlyMemory<byte> _headerRest;

        public int BytesLeft => _headerRest.Length + _rest.Length;

        public void SetFrame(ReadOnlyMemory<byte> payload)
        {
            var length = WebSocketFrame.WriteHeader(_header, WebSocketOpcode.Binary, payload.Length);
            _header[0] |= WebSocketFrame.CompressedBit;
            _headerRest = _header.AsMemory(0, length);
            _rest = payload;
        }

        /// <summary>What was read belongs to another again.</summary>
        public void Clear() => _headerRest = _rest = default;

        public override int Read(Span<byte> buffer)
        {
            ref var from = ref _headerRest.IsEmpty ? ref _rest : ref _headerRest;
            var count = Math.Min(from.Length, buffer.Length);
            from.Span[..count].CopyTo(buffer);
            from = from[count..];
            return count;
        }
    }
}
