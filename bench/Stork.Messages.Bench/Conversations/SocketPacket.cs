using System.Buffers.Text;
using Stork.Bench.Load;

namespace Stork.Messages.Bench.Conversations;

/// <summary>Taking Socket.IO packets apart and answering them.</summary>
internal static class SocketPacket
{
    /// <summary>The number in front of the array, and the array: <c>2&lt;number&gt;[...]</c> or <c>3&lt;number&gt;[...]</c>;
    /// -1 for none.</summary>
    public static ReadOnlySpan<byte> Array(ReadOnlySpan<byte> packet, out int number)
    {
        number = -1;
        if (packet is not [_, not (byte)'[', ..]) return packet[1..];
        if (!Utf8Parser.TryParse(packet[1..], out number, out var digits)) throw new BenchmarkException("a packet without an array came");
        return packet[(1 + digits)..];
    }

    /// <summary>Acknowledges an event without arguments, with what else answers the same read.</summary>
    public static void Acknowledge(Connection connection, int number)
    {
        Span<byte> payload = stackalloc byte[16];
        payload[0] = (byte)'4';
        payload[1] = (byte)'3';
        Utf8Formatter.TryFormat(number, payload[2..], out var digits);
        payload[2 + digits] = (byte)'[';
        payload[3 + digits] = (byte)']';
        Span<byte> frame = stackalloc byte[32];
        var length = FrameTemplate.Write(payload[..(4 + digits)], frame);
        connection.Write(frame[..length]);
    }

    /// <summary>The number that these digits spell.</summary>
    public static long Number(ReadOnlySpan<byte> digits) =>
        Utf8Parser.TryParse(digits, out long number, out var read) && read == digits.Length
            ? number
            : throw new BenchmarkException("a number was expected");
}
