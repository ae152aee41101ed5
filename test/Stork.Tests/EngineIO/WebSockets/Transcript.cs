using System.Buffers;
using System.Security.Cryptography;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>
/// What a reader made of a byte stream, as lines that can be compared: each message, then a violation or how many bytes were left over.
/// Feeds the way a pipe does: what was not taken comes again, in front of what is new and in segments of its own.
/// </summary>
internal static class Transcript
{
    public const int DefaultMaxMessageSize = 1 << 20;

    public static string[] OfWhole(byte[] bytes, int maxMessageSize = DefaultMaxMessageSize, bool expectMasked = true) =>
        Of([bytes], maxMessageSize, expectMasked);

    public static string[] Of(
        IEnumerable<ReadOnlyMemory<byte>> pieces, int maxMessageSize = DefaultMaxMessageSize, bool expectMasked = true)
    {
        using var reader = new WebSocketMessageReader(maxMessageSize, expectMasked);
        return Of(reader, pieces);
    }

    public static string[] Of(WebSocketMessageReader reader, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var lines = new List<string>();
        var left = new List<ReadOnlyMemory<byte>>();
        foreach (var piece in pieces)
        {
            left.Add(piece);
            var buffer = Segments.Join(left);
            if (!Read(reader, ref buffer, lines))
                return [.. lines];

            left.Clear();
            foreach (var segment in buffer)
                left.Add(segment);
        }

        lines.Add($"left {left.Sum(segment => segment.Length)}");
        return [.. lines];
    }

    public static string[] Of(WebSocketMessageReader reader, ReadOnlySequence<byte> buffer)
    {
        var lines = new List<string>();
        if (Read(reader, ref buffer, lines))
            lines.Add($"left {buffer.Length}");
        return [.. lines];
    }

    public static string Describe(WebSocketMessage message) => Describe(message.Opcode, message.Payload.Span);

    public static string Describe(WebSocketOpcode opcode, ReadOnlySpan<byte> payload) =>
        payload.Length <= 200
            ? $"{opcode} {Convert.ToHexString(payload)}"
            : $"{opcode} {payload.Length} bytes {Convert.ToHexString(SHA256.HashData(payload))}";

    private static bool Read(WebSocketMessageReader reader, ref ReadOnlySequence<byte> buffer, List<string> lines)
    {
        try
        {
            while (reader.TryRead(ref buffer, out var message))
                lines.Add(Describe(message));
        }
        catch (WebSocketProtocolException violation)
        {
            lines.Add($"violation {(int)violation.CloseCode}: {violation.Message}");
            return false;
        }

        buffer.Length.ShouldBeLessThan(WebSocketFrameHeader.MaxLength, "only an unfinished header may be left in the pipe");
        return true;
    }
}
