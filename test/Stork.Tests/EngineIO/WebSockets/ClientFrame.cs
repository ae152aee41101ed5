using System.Buffers.Binary;
using System.Text;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>Frames as a client, or an attacker, writes them: byte by byte and with nothing borrowed from the code under test.</summary>
internal static class ClientFrame
{
    public static readonly byte[] DefaultKey = [0x37, 0xFA, 0x21, 0x3D];

    public static byte[] Text(string payload, bool fin = true) => Of(WebSocketOpcode.Text, Encoding.UTF8.GetBytes(payload), fin);

    public static byte[] Close(int code, ReadOnlySpan<byte> reason = default)
    {
        var payload = new byte[2 + reason.Length];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        reason.CopyTo(payload.AsSpan(2));
        return Of(WebSocketOpcode.Close, payload);
    }

    public static byte[] Of(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool fin = true, byte[]? key = null, bool masked = true)
    {
        var form = payload.Length switch { < 126 => payload.Length, < 65536 => 126, _ => 127 };
        return Raw((byte)((fin ? 0x80 : 0) | (byte)opcode), form, (ulong)payload.Length, payload, masked ? key ?? DefaultKey : null);
    }

    /// <summary>Any first byte, any of the three length forms, any announced length, masked when there is a key.</summary>
    public static byte[] Raw(int first, int form, ulong length, ReadOnlySpan<byte> payload, byte[]? key)
    {
        using var stream = new MemoryStream();
        stream.WriteByte((byte)first);
        stream.WriteByte((byte)((key is null ? 0 : 0x80) | form));
        var extended = form switch { 126 => 2, 127 => 8, _ => 0 };
        for (var i = extended - 1; i >= 0; i--)
            stream.WriteByte((byte)(length >> (8 * i)));
        if (key is not null)
            stream.Write(key);
        for (var i = 0; i < payload.Length; i++)
            stream.WriteByte((byte)(payload[i] ^ (key is null ? 0 : key[i % 4])));
        return stream.ToArray();
    }

    public static byte[] Concat(params IEnumerable<byte[]> frames) => [.. frames.SelectMany(frame => frame)];
}
