using System.Buffers.Binary;

namespace Stork.Bench.Load;

/// <summary>A server-to-client WebSocket frame inside the receive buffer.</summary>
internal readonly ref struct ServerFrame
{
    public const int ContinuationOpcode = 0;
    public const int TextOpcode = 1;
    public const int BinaryOpcode = 2;
    public const int CloseOpcode = 8;
    public const int PingOpcode = 9;

    private const byte Final = 0x80;
    private const byte Reserved = 0x70;
    private const byte Masked = 0x80;

    private ServerFrame(bool isFinal, int opcode, ReadOnlySpan<byte> payload, int length)
    {
        IsFinal = isFinal;
        Opcode = opcode;
        Payload = payload;
        Length = length;
    }

    /// <summary>Whether it is the whole message, or its last part.</summary>
    public bool IsFinal { get; }

    public int Opcode { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Bytes of the whole frame, header included.</summary>
    public int Length { get; }

    /// <summary>Reads the frame at the start of the bytes; false when part of it is still to come.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ServerFrame frame)
    {
        frame = default;
        if (bytes.Length < 2)
            return false;

        // The messages of the scenarios are small: a server that masks or compresses them is not measured but refused.
        if ((bytes[0] & Reserved) != 0 || (bytes[1] & Masked) != 0)
            throw new BenchmarkException($"unexpected frame header 0x{bytes[0]:X2}{bytes[1]:X2}");

        int header = 2, length = bytes[1];
        if (length == 126)
        {
            if (bytes.Length < 4)
                return false;
            (header, length) = (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
        }
        else if (length == 127)
        {
            throw new BenchmarkException("the server sent a frame of 64 KiB or more; no scenario asks for one");
        }

        if (bytes.Length < header + length)
            return false;
        frame = new ServerFrame((bytes[0] & Final) != 0, bytes[0] & 0x0F, bytes.Slice(header, length), header + length);
        return true;
    }
}
