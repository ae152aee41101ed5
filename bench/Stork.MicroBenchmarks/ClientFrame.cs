using System.Buffers.Binary;
using System.Text;

namespace Stork.MicroBenchmarks;

/// <summary>Frames as clients send them: masked (RFC 6455, 5.2).</summary>
internal static class ClientFrame
{
    private const byte TextAndFin = 0x81;
    private const byte BinaryAndFin = 0x82;
    private const byte MaskBit = 0x80;

    private static readonly byte[] s_key = [1, 2, 3, 4];

    public static byte[] Text(string payload) => Text(Encoding.UTF8.GetBytes(payload));

    public static byte[] Text(ReadOnlySpan<byte> payload) => Frame(TextAndFin, payload);

    public static byte[] Binary(ReadOnlySpan<byte> payload) => Frame(BinaryAndFin, payload);

    private static byte[] Frame(byte opcodeAndFin, ReadOnlySpan<byte> payload)
    {
        byte[] header = payload.Length < 126 ? [opcodeAndFin, (byte)(MaskBit | payload.Length)] : [opcodeAndFin, MaskBit | 126, 0, 0];
        if (header.Length > 2) BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), checked((ushort)payload.Length));
        byte[] frame = [.. header, .. s_key, .. payload];
        for (var i = 0; i < payload.Length; i++) frame[header.Length + s_key.Length + i] ^= s_key[i & 3];
        return frame;
    }
}
