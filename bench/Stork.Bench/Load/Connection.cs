namespace Stork.Bench.Load;

/// <summary>One Socket.IO client over WebSocket: upgrade, join, heartbeats, goodbye; the rest goes to the conversation.</summary>
/// <param name="loop">Where it is served.</param>
/// <param name="socket">Connected.</param>
/// <param name="index">Position in the scenario's own tables.</param>
/// <param name="isProbe">Whether it takes over a session that has joined by long-polling, so that it probes instead of joining.</param>
internal class Connection(LoadLoop loop, RawSocket socket, int index, bool isProbe = false) : Channel(loop, socket)
{
    private static readonly FrameTemplate s_pong = FrameTemplate.Text("3");
    private static readonly FrameTemplate s_probe = FrameTemplate.Text("2probe");
    private static readonly FrameTemplate s_upgrade = FrameTemplate.Text("5");
    private static readonly FrameTemplate s_leave = FrameTemplate.Text("41");

    private bool _upgraded;
    private bool _leaving;

    /// <summary>Position in the scenario's own tables.</summary>
    public int Index { get; } = index;

    /// <summary>True once the server has accepted the main namespace, or the probe has been answered.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>Engine.IO pings answered.</summary>
    public int Heartbeats { get; private set; }

    /// <summary>
    /// Says goodbye as the official client does: leaves the namespace and closes the WebSocket. It is over, and the conversation is told,
    /// when the server has answered.
    /// </summary>
    public void WriteGoodbye()
    {
        _leaving = true;
        Write(s_leave.Bytes);
        Write(FrameTemplate.Close.Bytes);
    }

    public override string ToString() => $"connection {Index}";

    protected override ReadOnlySpan<byte> Consume(ReadOnlySpan<byte> bytes, long now)
    {
        if (!_upgraded)
            bytes = FinishUpgrade(bytes);
        while (_upgraded && !IsClosed && ServerFrame.TryRead(bytes, out var frame))
        {
            OnFrame(frame, now);
            bytes = bytes[frame.Length..];
        }

        return bytes;
    }

    protected override void OnEnd()
    {
        if (!_leaving)
            throw new BenchmarkException($"{this}: closed by the server");
        Close();
        Loop.Conversation.OnClosed(this);
    }

    private ReadOnlySpan<byte> FinishUpgrade(ReadOnlySpan<byte> bytes)
    {
        var answer = UpgradeRequest.CheckAnswer(bytes);
        _upgraded = answer > 0;
        if (_upgraded)
            OnUpgraded();
        return bytes[answer..];
    }

    protected virtual void OnUpgraded()
    {
        if (isProbe)
            Write(s_probe.Bytes);
    }

    protected virtual void OnFrame(in ServerFrame frame, long now)
    {
        switch (frame.Opcode)
        {
            case ServerFrame.TextOpcode when frame.IsFinal && frame.Payload is [var type, .. var packet]:
                if (type == (byte)'4' && IsJoined)
                    Loop.Conversation.OnPacket(this, packet, now);
                else
                    OnControlPacket(type, packet, now);
                break;
            case ServerFrame.BinaryOpcode when frame.IsFinal:
                Loop.Conversation.OnAttachment(this, frame.Payload, now);
                break;
            case ServerFrame.PingOpcode:
                Write(FrameTemplate.Pong(frame.Payload).Bytes);
                break;
            case ServerFrame.CloseOpcode when _leaving:
                OnEnd();
                break;
            default:
                throw new BenchmarkException($"{this}: the server sent a frame of opcode {frame.Opcode}");
        }
    }

    private void OnControlPacket(byte type, ReadOnlySpan<byte> packet, long now)
    {
        switch ((char)type)
        {
            case '0':
                Write(Loop.Conversation.Join(Index));
                break;
            case '2':
                OnHeartbeat(s_pong);
                break;
            case '3' when isProbe && packet.SequenceEqual("probe"u8):
                Write(s_upgrade.Bytes);
                OnJoined(now);
                break;
            case '4' when packet is [(byte)'0', ..]:
                OnJoined(now);
                break;
            default:
                throw new BenchmarkException($"{this}: unexpected packet of type {(char)type}");
        }
    }

    protected void OnHeartbeat(FrameTemplate answer)
    {
        Heartbeats++;
        Write(answer.Bytes);
    }

    protected void OnJoined(long now)
    {
        IsJoined = true;
        Loop.OnJoined();
        Loop.Conversation.OnJoined(this, now);
    }
}
