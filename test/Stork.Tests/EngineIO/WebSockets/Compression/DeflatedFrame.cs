using System.IO.Compression;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets.Compression;

/// <summary>Compressed frames as a client, or an attacker, writes them.</summary>
internal static class DeflatedFrame
{
    /// <summary>A frame with these bytes for a compressed payload, whatever they are.</summary>
    public static byte[] Of(WebSocketOpcode opcode, ReadOnlySpan<byte> payload, bool fin = true)
    {
        var frame = ClientFrame.Of(opcode, payload, fin);
        frame[0] |= 0x40;
        return frame;
    }

    /// <summary>A message as one frame.</summary>
    public static byte[] OfMessage(WebSocketOpcode opcode, byte[] message) => Of(opcode, Deflate(message));

    /// <summary>A server's frame, as a client would write it.</summary>
    public static byte[] OfServers(byte[] frame)
    {
        var payload = frame.AsSpan(frame[1] < 126 ? 2 : 4);
        return Of((WebSocketOpcode)(frame[0] & 0x0F), payload);
    }

    /// <summary>The payload of a compressed message: a synchronized stream without its last four bytes (RFC 7692, 7.2.1).</summary>
    public static byte[] Deflate(byte[] message)
    {
        if (message.Length == 0) return [0];
        var bytes = new MemoryStream();
        using var deflate = new DeflateStream(bytes, CompressionLevel.Optimal);
        deflate.Write(message);
        deflate.Flush();
        var length = (int)bytes.Length - 4;
        bytes.ToArray()[length..].ShouldBe([0, 0, 0xFF, 0xFF]);
        return bytes.ToArray()[..length];
    }
}
