using System.Buffers;
using System.Text.Unicode;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Wire;

namespace Stork.EngineIO.WebSockets;

/// <summary>
/// Turns the bytes of a connection into messages: strict RFC 6455, fragments joined, compressed ones inflated where
/// that was agreed upon, text checked.
/// </summary>
/// <remarks>
/// Payloads are unmasked into one pooled array that is held only while part of a message is in it:
/// <code>
/// [ fragments of the message so far: _messageLength ][ payload of the current frame so far: _frameReceived ][ free ]
/// </code>
/// A control frame between two fragments uses the same place behind them and is then overwritten. The array grows with the bytes
/// received, never with the length a header announces. A compressed message is inflated from there once it is whole. Not thread-safe.
/// </remarks>
internal sealed class WebSocketMessageReader : IDisposable
{
    /// <summary>How many frames a message may be cut into; more is taken for an attack (fragments without bytes cost only time).</summary>
    public const int MaxFragmentsPerMessage = 65_536;

    private const int SmallestBuffer = 4096;

    private readonly int _maxMessageSize;
    private readonly bool _expectMasked;
    private readonly MessageInflater? _inflater;
    private byte[] _buffer = [];
    private int _messageLength;
    private int _fragments;
    private WebSocketOpcode _messageOpcode;
    private bool _isMessageCompressed;
    private WebSocketFrameHeader _frame;
    private int _frameReceived;
    private bool _insideFrame;
    private State _state;

    /// <param name="maxMessageSize">The most payload bytes of one message, all its fragments together, compressed or not.</param>
    /// <param name="expectMasked">True at the server, whose clients must mask; false at a client, whose server must not.</param>
    /// <param name="inflater">What compressed messages are read with; null if there must not be any. The reader disposes it.</param>
    public WebSocketMessageReader(int maxMessageSize, bool expectMasked = true, MessageInflater? inflater = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxMessageSize);
        _maxMessageSize = Math.Min(maxMessageSize, Array.MaxLength - WebSocketFrame.MaxControlPayloadLength);
        _expectMasked = expectMasked;
        _inflater = inflater;
    }

    private enum State : byte
    {
        Open,
        Closed,
        Failed,
        Disposed,
    }

    /// <summary>The bytes of pooled arrays held now; zero when idle.</summary>
    public int HeldBytes => _buffer.Length + (_inflater?.HeldBytes ?? 0);

    /// <summary>Whether nothing of a message has been read: what is read next may be read once more.</summary>
    public bool IsBetweenMessages => !_insideFrame && _fragments == 0;

    /// <summary>
    /// Whether a compressed message begins with these bytes, between two messages: it should not be read twice, as that takes time, and
    /// must not be where messages refer to earlier ones.
    /// </summary>
    public bool IsCompressedNext(in ReadOnlySequence<byte> buffer) =>
        _inflater is not null
        && new SequenceReader<byte>(buffer).TryPeek(out var first)
        && (first & WebSocketFrame.CompressedBit) != 0;

    /// <summary>
    /// Takes bytes off the front of <paramref name="buffer"/> until a message is whole. False when more are needed: then everything
    /// was taken but an unfinished frame header. Behind a close frame everything is taken and thrown away (RFC 6455, 5.5.1).
    /// </summary>
    /// <exception cref="WebSocketProtocolException">The peer broke the protocol or a limit. The reader cannot be used any more.</exception>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, out WebSocketMessage message)
    {
        if (_state != State.Open)
        {
            ThrowIfUnusable();
            ReturnBuffer();
            _inflater?.ReleaseBuffer();
            buffer = buffer.Slice(buffer.End);
            message = default;
            return false;
        }

        _state = State.Failed;
        do
        {
            if (!(_insideFrame ? TryReadPayload(ref buffer) : TryReadFrame(ref buffer)))
            {
                _state = State.Open;
                ReleaseBuffers();
                message = default;
                return false;
            }
        }
        while (!TryFinishFrame(out message));

        _state = message.Opcode == WebSocketOpcode.Close ? State.Closed : State.Open;
        return true;
    }

    /// <summary>
    /// Gives the arrays back but for one that part of a message is in; the last payload ends with it. A call that returned false has done
    /// so already; this is for an owner that stops before.
    /// </summary>
    public void ReleaseBuffers()
    {
        _inflater?.ReleaseBuffer();
        if (_messageLength == 0 && _frameReceived == 0)
            ReturnBuffer();
    }

    /// <summary>Gives the array back whatever is in it.</summary>
    public void Dispose()
    {
        _state = State.Disposed;
        ReturnBuffer();
        _inflater?.Dispose();
    }

    private bool TryReadFrame(ref ReadOnlySequence<byte> buffer)
    {
        var first = buffer.FirstSpan;
        if (!WebSocketFrameHeader.TryParse(first, _expectMasked, _inflater is not null, out _frame, out var headerLength)
            && (buffer.IsSingleSegment || !TryParseSplitHeader(buffer, out headerLength)))
        {
            return false;
        }

        if (!_frame.IsControl)
            CheckPlaceInMessage();
        _insideFrame = true;

        // Nearly always the whole frame lies there, and is taken in one go.
        if (first.Length - headerLength < _frame.PayloadLength)
        {
            buffer = buffer.Slice(headerLength);
            return TryReadPayload(ref buffer);
        }

        var payloadLength = (int)_frame.PayloadLength;
        Append(first.Slice(headerLength, payloadLength));
        buffer = buffer.Slice(headerLength + payloadLength);
        return true;
    }

    private bool TryParseSplitHeader(in ReadOnlySequence<byte> buffer, out int headerLength)
    {
        Span<byte> bytes = stackalloc byte[WebSocketFrameHeader.MaxLength];
        var front = buffer.Slice(0, Math.Min(buffer.Length, bytes.Length));
        front.CopyTo(bytes);
        return WebSocketFrameHeader.TryParse(
            bytes[..(int)front.Length], _expectMasked, _inflater is not null, out _frame, out headerLength);
    }

    private void CheckPlaceInMessage()
    {
        var started = _messageOpcode != WebSocketOpcode.Continuation;
        if (started != (_frame.Opcode == WebSocketOpcode.Continuation))
        {
            throw new WebSocketProtocolException(
                WebSocketCloseCode.ProtocolError,
                started ? "A message begins inside another." : "A continuation belongs to no message.");
        }

        if (_frame.PayloadLength > _maxMessageSize - _messageLength)
            throw new WebSocketProtocolException(WebSocketCloseCode.TooBig, "A message is longer than allowed.");
        if (_fragments == MaxFragmentsPerMessage)
            throw new WebSocketProtocolException(WebSocketCloseCode.PolicyViolation, "A message has too many fragments.");

        _fragments++;
        if (started)
            return;
        _messageOpcode = _frame.Opcode;
        _isMessageCompressed = _frame.IsCompressed;
    }

    private bool TryReadPayload(ref ReadOnlySequence<byte> buffer)
    {
        // The length fits: it is at most 125 in a control frame, otherwise at most the size limit.
        var missing = (int)_frame.PayloadLength - _frameReceived;
        var available = buffer.Slice(0, Math.Min(buffer.Length, missing));
        foreach (var segment in available)
            Append(segment.Span);
        buffer = buffer.Slice(available.End);
        return _frameReceived == _frame.PayloadLength;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;

        var start = _messageLength + _frameReceived;
        if (_buffer.Length - start < bytes.Length)
            Grow(start, start + bytes.Length);

        var free = _buffer.AsSpan(start);
        if (_expectMasked)
            WebSocketMask.Copy(bytes, free, _frame.MaskKey, _frameReceived);
        else
            bytes.CopyTo(free);
        _frameReceived += bytes.Length;
    }

    private void Grow(int used, int needed)
    {
        // Doubling keeps the copying linear, and stops where nothing more may come.
        var most = _frame.IsFinal ? _messageLength + (int)_frame.PayloadLength : _maxMessageSize;
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(SmallestBuffer, Math.Min(2L * needed, most)));
        _buffer.AsSpan(0, used).CopyTo(larger);
        ReturnBuffer();
        _buffer = larger;
    }

    private bool TryFinishFrame(out WebSocketMessage message)
    {
        var start = _messageLength;
        var length = _frameReceived;
        _insideFrame = false;
        _frameReceived = 0;
        if (_frame.IsControl)
        {
            message = new WebSocketMessage(_frame.Opcode, _buffer.AsMemory(start, length));
            if (_frame.Opcode == WebSocketOpcode.Close)
                WebSocketClosePayload.Validate(message.Payload.Span);
            return true;
        }

        if (!_frame.IsFinal)
        {
            _messageLength = start + length;
            message = default;
            return false;
        }

        ReadOnlyMemory<byte> payload = _buffer.AsMemory(0, start + length);
        if (_isMessageCompressed)
            payload = _inflater!.Inflate(payload, _maxMessageSize);
        message = new WebSocketMessage(_messageOpcode, payload);
        _messageLength = 0;
        _fragments = 0;
        _messageOpcode = WebSocketOpcode.Continuation;
        if (message.Opcode == WebSocketOpcode.Text && !Utf8.IsValid(message.Payload.Span))
            throw new WebSocketProtocolException(WebSocketCloseCode.InvalidPayload, "A text message is not UTF-8.");
        return true;
    }

    private void ReturnBuffer()
    {
        if (_buffer.Length == 0)
            return;
        var buffer = _buffer;
        _buffer = [];
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_state == State.Disposed, this);
        if (_state == State.Failed)
            throw new InvalidOperationException("The peer broke the protocol before; nothing more can be read from it.");
    }
}
