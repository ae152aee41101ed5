namespace Stork.Bench.Load;

/// <summary>One SignalR client over WebSocket: upgrade, handshake, heartbeats; the rest goes to the conversation.</summary>
/// <remarks>The server sends what has gathered, whatever the borders of frames: several messages in one, or one over several.</remarks>
internal sealed class SignalRConnection(LoadLoop loop, RawSocket socket, int index) : Connection(loop, socket, index)
{
    private static readonly FrameTemplate s_handshake =
        FrameTemplate.Text($"{{\"protocol\":\"json\",\"version\":1}}{SignalRDialect.Separator}");

    private static readonly FrameTemplate s_ping = FrameTemplate.Text($"{{\"type\":6}}{SignalRDialect.Separator}");

    private byte[] _started = [];

    protected override void OnUpgraded() => Write(s_handshake.Bytes);

    protected override void OnFrame(in ServerFrame frame, long now)
    {
        if (frame.Opcode is not (ServerFrame.TextOpcode or ServerFrame.ContinuationOpcode))
        {
            base.OnFrame(frame, now);
            return;
        }

        var rest = _started.Length == 0 ? frame.Payload : [.. _started, .. frame.Payload];
        for (var end = rest.IndexOf((byte)SignalRDialect.Separator); end >= 0; end = rest.IndexOf((byte)SignalRDialect.Separator))
        {
            OnMessage(rest[..end], now);
            rest = rest[(end + 1)..];
        }

        _started = rest.IsEmpty ? [] : rest.ToArray();
    }

    private void OnMessage(ReadOnlySpan<byte> message, long now)
    {
        if (!IsJoined && message.SequenceEqual("{}"u8))
            OnJoined(now);
        else if (message.SequenceEqual("{\"type\":6}"u8))
            OnHeartbeat(s_ping);
        else
            Loop.Conversation.OnPacket(this, message, now);
    }
}
