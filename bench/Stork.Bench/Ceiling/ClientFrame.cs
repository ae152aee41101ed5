using System.Buffers.Binary;

namespace Stork.Bench.Ceiling;

/// <summary>A client-to-server WebSocket frame inside the receive buffer, still masked.</summary>
/// <remarks>FIN and opcode, MASK and length (126: two bytes more), masking key, payload: RFC 6455, 5.2. Its lengths are trusted.</remarks>
internal readonly ref struct ClientFrame
{
    private const int MaskBytes = 4;

    private ClientFrame(int opcode, ReadOnlySpan<byte> mask, Span<byte> payload, int length)
    {
        Opcode = opcode;
        Mask = mask;
        Payload = payload;
        Length = length;
    }

    public int Opcode { get; }

    public ReadOnlySpan<byte> Mask { get; }

    public Span<byte> Payload { get; }

    /// <summary>Bytes of the whole frame, header included.</summary>
    public int Length { get; }

    /// <summary>Reads the frame at the start of the bytes; false when part of it is still to come.</summary>
    public static bool TryRead(Span<byte> bytes, out ClientFrame frame)
    {
        frame = default;
        if (bytes.Length < 2 + MaskBytes)
            return false;

        int length = bytes[1] & 0x7F, header = 2;
        if (length == 126)
            (length, header) = (BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), 4);
        var start = header + MaskBytes;
        if (bytes.Length < start + length)
            return false;
        frame = new ClientFrame(bytes[0] & 0x0F, bytes[header..start], bytes.Slice(start, length), start + length);
        return true;
    }
}
