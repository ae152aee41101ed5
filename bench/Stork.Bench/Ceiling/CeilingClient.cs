using System.Runtime.InteropServices;
using Stork.Bench.Load;

namespace Stork.Bench.Ceiling;

/// <summary>One connection of the ceiling server: reads all that is there, answers it with one write.</summary>
internal sealed class CeilingClient(CeilingServer server, RawSocket socket) : IDisposable
{
    private const int InputBytes = 64 * 1024;
    private const int LongestPayload = 125;

    // Shared, because the server has one thread.
    private static readonly byte[] s_input = new byte[InputBytes];
    private static readonly OutputBuffer s_output = new();

    private byte[] _partial = [];
    private bool _upgraded;
    private bool _isOver;

    /// <summary>False once the client has gone.</summary>
    public bool Serve()
    {
        while (true)
        {
            var room = s_input.Length - _partial.Length;
            _partial.CopyTo(s_input);
            if (socket.Receive(s_input.AsSpan(_partial.Length)) is not { } received)
                return true;
            if (received == 0)
                return false;
            Serve(s_input.AsSpan(0, _partial.Length + received));
            if (_isOver)
                return false;
            if (received < room)
                return true;
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        if ((socket.Send(bytes) ?? 0) != bytes.Length)
            throw new BenchmarkException("the load side does not read");
    }

    public void Dispose() => socket.Dispose();

    private void Serve(Span<byte> rest)
    {
        if (!_upgraded)
            rest = Upgrade(rest);
        while (_upgraded && ClientFrame.TryRead(rest, out var frame))
        {
            Unmask(frame.Payload, frame.Mask);
            Answer(frame);
            rest = rest[frame.Length..];
        }

        _partial = rest.IsEmpty ? [] : rest.ToArray();
        var answers = s_output.Take();
        if (!answers.IsEmpty)
            Send(answers);
    }

    private Span<byte> Upgrade(Span<byte> bytes)
    {
        var end = bytes.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return bytes;

        _upgraded = true;
        s_output.Append(UpgradeRequest.Answer);
        AppendFrame("0{\"sid\":\"ceiling\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}"u8);
        return bytes[(end + 4)..];
    }

    private void Answer(in ClientFrame frame)
    {
        switch (frame.Opcode)
        {
            case ServerFrame.BinaryOpcode:
                s_output.Append([0x82, 126, (byte)(frame.Payload.Length >> 8), (byte)frame.Payload.Length]);
                s_output.Append(frame.Payload);
                break;
            case ServerFrame.CloseOpcode:
                s_output.Append([0x88, (byte)frame.Payload.Length]);
                s_output.Append(frame.Payload);
                _isOver = true;
                break;
            default:
                Answer(frame.Payload);
                break;
        }
    }

    private void Answer(ReadOnlySpan<byte> packet)
    {
        if (packet.SequenceEqual("40"u8))
            AppendFrame("40{\"sid\":\"ceiling\"}"u8);
        else if (packet.StartsWith("42["u8))
            Broadcast(packet);
        else if (packet.StartsWith("42"u8))
            Acknowledge("43"u8, packet[2..]);
        else if (packet.StartsWith("451-"u8))
            Acknowledge("461-"u8, packet[4..]);
    }

    // 42["publish",<argument>] is told to everybody as 42["news",<argument>].
    private void Broadcast(ReadOnlySpan<byte> packet)
    {
        var news = (stackalloc byte[LongestPayload]);
        var length = Join(news, "42[\"news\","u8, packet[(packet.IndexOf((byte)',') + 1)..]);
        Span<byte> frame = [0x81, (byte)length, .. news[..length]];
        server.Broadcast(frame);
    }

    // <id>["<event>",<argument>] is answered with <id>[<argument>]; a comma is nowhere else in front of the argument.
    private static void Acknowledge(ReadOnlySpan<byte> head, ReadOnlySpan<byte> packet)
    {
        var answer = (stackalloc byte[LongestPayload]);
        var length = Join(answer, head, packet[..(packet.IndexOf((byte)'[') + 1)]);
        length += Join(answer[length..], packet[(packet.IndexOf((byte)',') + 1)..], default);
        AppendFrame(answer[..length]);
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

    private static void AppendFrame(ReadOnlySpan<byte> payload)
    {
        s_output.Append([0x81, (byte)payload.Length]);
        s_output.Append(payload);
    }
}
