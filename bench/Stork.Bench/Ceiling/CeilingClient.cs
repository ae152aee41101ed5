using System.Runtime.InteropServices;
using Stork.Bench.Load;

namespace Stork.Bench.Ceiling;

/// <summary>One connection of the ceiling server: reads all that is there, answers it with one write.</summary>
internal sealed class CeilingClient(CeilingServer server, RawSocket socket) : IDisposable
{
    private const int InputBytes = 64 * 1024;
    private const int HeaderBytes = 6;
    private const int LongestPayload = 125;

    // Shared, because the server has one thread.
    private static readonly byte[] s_input = new byte[InputBytes];
    private static readonly OutputBuffer s_output = new();

    private byte[] _partial = [];
    private bool _upgraded;

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
        // FIN and opcode, MASK and length, masking key, payload: RFC 6455, 5.2.
        while (_upgraded && rest.Length >= HeaderBytes && rest.Length >= HeaderBytes + (rest[1] & 0x7F))
        {
            var payload = rest.Slice(HeaderBytes, rest[1] & 0x7F);
            Unmask(payload, rest[2..HeaderBytes]);
            Answer(payload);
            rest = rest[(HeaderBytes + payload.Length)..];
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

    private void Answer(ReadOnlySpan<byte> packet)
    {
        var argument = packet.IndexOf(",\""u8) + 1;
        var answer = (stackalloc byte[LongestPayload]);
        if (packet.SequenceEqual("40"u8))
        {
            AppendFrame("40{\"sid\":\"ceiling\"}"u8);
        }
        else if (packet[2] == '[')
        {
            var length = Join(answer, "42[\"news\","u8, packet[argument..]);
            Span<byte> frame = [0x81, (byte)length, .. answer[..length]];
            server.Broadcast(frame);
        }
        else
        {
            var id = packet[2..packet.IndexOf((byte)'[')];
            var length = Join(answer, "43"u8, id);
            answer[length++] = (byte)'[';
            length += Join(answer[length..], packet[argument..], default);
            AppendFrame(answer[..length]);
        }
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
