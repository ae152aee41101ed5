using System.Runtime.InteropServices;
using Stork.Bench.Load;

namespace Stork.Bench.Ceiling;

/// <summary>What one client of a ceiling server is answered.</summary>
/// <remarks>No Socket.IO implementation: it looks at fixed positions of the load side's own packets and sends no heartbeats.</remarks>
internal sealed class CeilingAnswers(Action<ReadOnlySpan<byte>> broadcast)
{
    private const int LongestPayload = 125;

    /// <summary>Whether the client has got its WebSocket.</summary>
    public bool IsUpgraded { get; private set; }

    /// <summary>Whether the client has said goodbye: the server closes behind the answer.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Answers what is complete at the start of the bytes, and returns the rest. Frames are unmasked where they are.</summary>
    public Span<byte> Answer(Span<byte> bytes, OutputBuffer output)
    {
        if (!IsUpgraded)
            bytes = AnswerUpgrade(bytes, output);
        while (IsUpgraded && ClientFrame.TryRead(bytes, out var frame))
        {
            Unmask(frame.Payload, frame.Mask);
            AnswerFrame(frame, output);
            bytes = bytes[frame.Length..];
        }

        return bytes;
    }

    /// <summary>Opens the session of a client whose upgrade somebody else has answered.</summary>
    public void Open(OutputBuffer output)
    {
        IsUpgraded = true;
        AppendFrame("0{\"sid\":\"ceiling\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"u8, output);
    }

    private Span<byte> AnswerUpgrade(Span<byte> bytes, OutputBuffer output)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return bytes;

        output.Append(UpgradeRequest.Answer);
        Open(output);
        return bytes[(end + 4)..];
    }

    private void AnswerFrame(in ClientFrame frame, OutputBuffer output)
    {
        switch (frame.Opcode)
        {
            case ServerFrame.BinaryOpcode:
                output.Append([0x82, 126, (byte)(frame.Payload.Length >> 8), (byte)frame.Payload.Length]);
                output.Append(frame.Payload);
                break;
            case ServerFrame.CloseOpcode:
                output.Append([0x88, (byte)frame.Payload.Length]);
                output.Append(frame.Payload);
                IsOver = true;
                break;
            default:
                AnswerPacket(frame.Payload, output);
                break;
        }
    }

    private void AnswerPacket(ReadOnlySpan<byte> packet, OutputBuffer output)
    {
        if (packet.SequenceEqual("40"u8))
            AppendFrame("40{\"sid\":\"ceiling\"}"u8, output);
        else if (packet.StartsWith("42["u8))
            Broadcast(packet);
        else if (packet.StartsWith("42"u8))
            Acknowledge("43"u8, packet[2..], output);
        else if (packet.StartsWith("451-"u8))
            Acknowledge("461-"u8, packet[4..], output);
    }

    // 42["publish",<argument>] is told to everybody as 42["news",<argument>].
    private void Broadcast(ReadOnlySpan<byte> packet)
    {
        var news = (stackalloc byte[LongestPayload]);
        var length = Join(news, "42[\"news\","u8, packet[(packet.IndexOf((byte)',') + 1)..]);
        Span<byte> frame = [0x81, (byte)length, .. news[..length]];
        broadcast(frame);
    }

    // <id>["<event>",<argument>] is answered with <id>[<argument>]; a comma is nowhere else in front of the argument.
    private static void Acknowledge(ReadOnlySpan<byte> head, ReadOnlySpan<byte> packet, OutputBuffer output)
    {
        var answer = (stackalloc byte[LongestPayload]);
        var length = Join(answer, head, packet[..(packet.IndexOf((byte)'[') + 1)]);
        length += Join(answer[length..], packet[(packet.IndexOf((byte)',') + 1)..], default);
        AppendFrame(answer[..length], output);
    }

    private static void Unmask(Span<byte> payload, ReadOnlySpan<byte> key)
    {
        var key32 = MemoryMarshal.Read<uint>(key);
        var words = MemoryMarshal.Cast<byte, ulong>(payload);
        for (var i = 0; i < words.Length; i++)
            words[i] ^= key32 | ((ulong)key32 << 32);
        for (var i = words.Length * sizeof(ulong); i < payload.Length; i++)
            payload[i] ^= key[i & 3];
    }

    private static int Join(Span<byte> destination, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        first.CopyTo(destination);
        second.CopyTo(destination[first.Length..]);
        return first.Length + second.Length;
    }

    private static void AppendFrame(ReadOnlySpan<byte> payload, OutputBuffer output)
    {
        output.Append([0x81, (byte)payload.Length]);
        output.Append(payload);
    }
}
