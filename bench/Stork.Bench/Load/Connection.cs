using System.Diagnostics;

namespace Stork.Bench.Load;

/// <summary>One Socket.IO client: upgrade, join of the main namespace, heartbeats; the rest goes to the conversation.</summary>
/// <remarks>
/// Owns no buffers while nothing is half read or half written: input and output are the loop's, used by one connection at a time.
/// </remarks>
internal sealed class Connection(LoadLoop loop, RawSocket socket, int index) : IDisposable
{
    /// <summary>What may wait for a server that does not read; more means that the scenario is wrong.</summary>
    private const int UnsentLimit = 1 << 20;

    private static readonly FrameTemplate s_pong = FrameTemplate.Text("3");

    private byte[] _partial = [];
    private byte[] _unsent = [];
    private bool _upgraded;

    /// <summary>Position in the scenario's own tables, and the token in the loop's epoll set.</summary>
    public int Index { get; } = index;

    /// <summary>True once the server has accepted the main namespace.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>Engine.IO pings answered.</summary>
    public int Heartbeats { get; private set; }

    public int Descriptor => socket.Descriptor;

    /// <summary>Adds a frame to what leaves at the end of this connection's turn; only to be called from its conversation.</summary>
    public void Write(ReadOnlySpan<byte> frame) => loop.Output.Append(frame);

    /// <summary>Sends at once; for bytes that answer nothing, or that another connection's packet caused.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (_unsent.Length == 0)
            bytes = bytes[(socket.Send(bytes) ?? 0)..];
        if (bytes.IsEmpty)
            return;

        if (_unsent.Length + bytes.Length > UnsentLimit)
            throw new BenchmarkException($"connection {Index}: the server does not read ({_unsent.Length} bytes wait)");
        _unsent = [.. _unsent, .. bytes];
    }

    /// <summary>Takes all that has arrived and sends what had to wait for room.</summary>
    public void OnReady()
    {
        if (_unsent.Length > 0)
            _unsent = _unsent[(socket.Send(_unsent) ?? 0)..];
        while (ReadOnce())
        {
        }
    }

    public void Dispose() => socket.Dispose();

    /// <summary>
    /// One read, all its frames, one write. False when there is no more to read: a read that does not fill its buffer is the last.
    /// </summary>
    private bool ReadOnce()
    {
        var input = loop.Input.AsSpan();
        _partial.CopyTo(input);
        var room = input[_partial.Length..];
        if (socket.Receive(room) is not { } received)
            return false;
        if (received == 0)
            throw new BenchmarkException($"connection {Index}: closed by the server");
        var now = Stopwatch.GetTimestamp();

        ReadOnlySpan<byte> rest = input[..(_partial.Length + received)];
        if (!_upgraded)
            rest = FinishUpgrade(rest);
        while (_upgraded && ServerFrame.TryRead(rest, out var frame))
        {
            OnFrame(frame, now);
            rest = rest[frame.Length..];
        }

        _partial = rest.IsEmpty ? [] : rest.ToArray();
        var answers = loop.Output.Take();
        if (!answers.IsEmpty)
            Send(answers);
        return received == room.Length;
    }

    private ReadOnlySpan<byte> FinishUpgrade(ReadOnlySpan<byte> bytes)
    {
        var answer = UpgradeRequest.CheckAnswer(bytes);
        _upgraded = answer > 0;
        return bytes[answer..];
    }

    private void OnFrame(ServerFrame frame, long now)
    {
        if (frame.Opcode == ServerFrame.TextOpcode && frame.Payload is [var type, .. var packet])
        {
            if (type == (byte)'4' && IsJoined)
                loop.Conversation.OnPacket(this, packet, now);
            else
                OnControlPacket(type, packet);
        }
        else if (frame.Opcode == ServerFrame.PingOpcode)
        {
            Write(FrameTemplate.Pong(frame.Payload).Bytes);
        }
        else
        {
            throw new BenchmarkException($"connection {Index}: the server sent a frame of opcode {frame.Opcode}");
        }
    }

    private void OnControlPacket(byte type, ReadOnlySpan<byte> packet)
    {
        switch ((char)type)
        {
            case '0':
                Write(loop.Conversation.Join(Index));
                break;
            case '2':
                Heartbeats++;
                Write(s_pong.Bytes);
                break;
            case '4' when packet is [(byte)'0', ..]:
                IsJoined = true;
                loop.OnJoined();
                break;
            default:
                throw new BenchmarkException($"connection {Index}: unexpected packet of type {(char)type}");
        }
    }
}
