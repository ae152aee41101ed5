using System.Buffers.Binary;

namespace Stork.Wire;

/// <summary>
/// Writes the frames of a server: never masked, not compressed (RFC 6455, 5.2).
/// <code>
/// byte 0    FIN (1 bit), RSV1-3 (3 bits, zero), opcode (4 bits)
/// byte 1    MASK (1 bit, zero), length (7 bits): 0-125 the length itself,
///           126 the length follows in 2 bytes, 127 in 8 bytes, big-endian
/// </code>
/// </summary>
internal static class WebSocketFrame
{
    /// <summary>The longest header a server writes; a client's has four bytes of mask behind it.</summary>
    public const int MaxHeaderLength = 10;

    /// <summary>The most bytes a close, ping or pong carries (RFC 6455, 5.5).</summary>
    public const int MaxControlPayloadLength = 125;

    /// <summary>RSV1: the message is compressed (RFC 7692, 6).</summary>
    internal const byte CompressedBit = 0x40;

    internal const byte FinBit = 0x80;
    internal const byte MaskBit = 0x80;
    internal const byte Length16 = 126;
    internal const byte Length64 = 127;
    internal const int ShortHeaderLength = 2;

    public static int GetHeaderLength(long payloadLength) => payloadLength switch
    {
        < Length16 => ShortHeaderLength,
        <= ushort.MaxValue => ShortHeaderLength + sizeof(ushort),
        _ => ShortHeaderLength + sizeof(ulong),
    };

    /// <summary>Writes a header and returns its length; the payload goes behind it as it is.</summary>
    public static int WriteHeader(Span<byte> destination, WebSocketOpcode opcode, long payloadLength, bool endOfMessage = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(payloadLength);
        destination[1] = 0;
        destination[0] = (byte)(endOfMessage ? FinBit | (byte)opcode : (byte)opcode);
        switch (payloadLength)
        {
            case < Length16:
                destination[1] = (byte)payloadLength;
                return ShortHeaderLength;
            case <= ushort.MaxValue:
                destination[1] = Length16;
                BinaryPrimitives.WriteUInt16BigEndian(destination[ShortHeaderLength..], (ushort)payloadLength);
                return ShortHeaderLength + sizeof(ushort);
            default:
                destination[1] = Length64;
                BinaryPrimitives.WriteInt64BigEndian(destination[ShortHeaderLength..], payloadLength);
                return ShortHeaderLength + sizeof(ulong);
        }
    }
}
