using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Stork.Wire;
using static Stork.Wire.WebSocketFrame;

namespace Stork.EngineIO.WebSockets;

/// <summary>A received frame header. What a frame may be by itself is checked here, what it means in its message by the reader.</summary>
internal readonly struct WebSocketFrameHeader
{
    /// <summary>Two bytes, eight of length, four of mask.</summary>
    public const int MaxLength = MaxHeaderLength + MaskKeyLength;

    private const int MaskKeyLength = sizeof(uint);
    private const byte ReservedBits = 0x70;
    private const byte OpcodeBits = 0x0F;
    private const byte ControlBit = 0x08;

    private WebSocketFrameHeader(byte first, long payloadLength, uint maskKey)
    {
        IsFinal = (first & FinBit) != 0;
        IsCompressed = (first & CompressedBit) != 0;
        Opcode = (WebSocketOpcode)(first & OpcodeBits);
        PayloadLength = payloadLength;
        MaskKey = maskKey;
    }

    public bool IsFinal { get; }

    /// <summary>Whether the message that begins with this frame is compressed.</summary>
    public bool IsCompressed { get; }

    public WebSocketOpcode Opcode { get; }

    public bool IsControl => ((byte)Opcode & ControlBit) != 0;

    public long PayloadLength { get; }

    /// <summary>The four mask bytes in the order of memory; zero when the frame is not masked.</summary>
    public uint MaskKey { get; }

    /// <summary>Reads a header from the front of <paramref name="bytes"/>; false when it goes on behind them.</summary>
    /// <exception cref="WebSocketProtocolException">The frame may not be sent, whatever follows.</exception>
    public static bool TryParse(
        ReadOnlySpan<byte> bytes, bool expectMasked, bool mayBeCompressed, out WebSocketFrameHeader header, out int headerLength)
    {
        header = default;
        headerLength = 0;
        if (bytes.Length < 2)
            return false;

        var first = bytes[0];
        var length = bytes[1] & ~MaskBit;
        CheckFirstBytes(first, bytes[1], expectMasked, mayBeCompressed);

        var maskAt = length switch { Length16 => 4, Length64 => MaxHeaderLength, _ => 2 };
        var total = expectMasked ? maskAt + MaskKeyLength : maskAt;
        if (bytes.Length < total)
            return false;

        var payloadLength = length < Length16 ? length : ReadLongLength(bytes[2..maskAt]);
        var maskKey = expectMasked ? MemoryMarshal.Read<uint>(bytes[maskAt..]) : 0;
        header = new WebSocketFrameHeader(first, payloadLength, maskKey);
        headerLength = total;
        return true;
    }

    private static void CheckFirstBytes(byte first, byte second, bool expectMasked, bool mayBeCompressed)
    {
        if ((first & ReservedBits) != 0 && !(mayBeCompressed && BeginsCompressedMessage(first)))
            throw Violation("A reserved bit is set that no extension was negotiated for.");
        if ((WebSocketOpcode)(first & OpcodeBits) is > WebSocketOpcode.Binary and < WebSocketOpcode.Close or > WebSocketOpcode.Pong)
            throw Violation("The opcode is reserved.");
        if (((second & MaskBit) != 0) != expectMasked)
            throw Violation(expectMasked ? "A client's frame is not masked." : "A server's frame is masked.");
        if ((first & ControlBit) == 0)
            return;
        if ((first & FinBit) == 0)
            throw Violation("A control frame is fragmented.");
        if ((second & ~MaskBit) > MaxControlPayloadLength)
            throw Violation("A control frame is longer than 125 bytes.");
    }

    // The bit belongs to messages: not to their later frames, nor to control frames (RFC 7692, 6).
    private static bool BeginsCompressedMessage(byte first) =>
        (first & ReservedBits) == CompressedBit
        && (WebSocketOpcode)(first & OpcodeBits) is WebSocketOpcode.Text or WebSocketOpcode.Binary;

    private static long ReadLongLength(ReadOnlySpan<byte> bytes)
    {
        var is16 = bytes.Length == sizeof(ushort);
        var length = is16 ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadInt64BigEndian(bytes);
        if (length < 0)
            throw Violation("The topmost bit of a 64-bit length is set.");
        if (length < (is16 ? Length16 : ushort.MaxValue + 1))
            throw Violation("A length is not written in the shortest form.");
        return length;
    }

    private static WebSocketProtocolException Violation(string message) => new(WebSocketCloseCode.ProtocolError, message);
}
