using Stork.Protocol.SocketIO;

namespace Stork.Wire;

/// <summary>
/// The format of packets: type, number of attachments, namespace and id as text, with the arguments as JSON behind it, and binary values as
/// frames of their own. What else builds, keeps or sends packets does not look into them. Clients with another format get it from a
/// <see cref="PacketTranscoder"/>, when packets are about to leave: until then, and as soon as they have come, all packets are in this one.
/// </summary>
internal static class JsonTextCodec
{
    private const byte EngineMessage = (byte)'4';

    /// <summary>What <see cref="WriteHeaders"/> may need in front of the arguments.</summary>
    public static int GetHeaderRoom(int namespaceLength) => WebSocketFrame.MaxHeaderLength + 1 + PacketHeader.GetMaxLength(namespaceLength);

    /// <summary>Puts the headers right in front of the arguments: <c>[WebSocket header | '4' | Socket.IO header | JSON]</c>.</summary>
    /// <param name="buffer">Room for the headers, and the arguments behind it.</param>
    /// <param name="room">Where the arguments begin.</param>
    /// <param name="type">What the packet would be without attachments.</param>
    /// <param name="attachments">How many follow it.</param>
    /// <param name="nsp">The namespace.</param>
    /// <param name="ackId">The id of the acknowledgement; -1: none.</param>
    /// <param name="payloadLength">How long the packet is behind the header of its frame.</param>
    /// <returns>Where the frame begins.</returns>
    public static int WriteHeaders(
        Span<byte> buffer, int room, PacketType type, int attachments, ReadOnlySpan<byte> nsp, long ackId, out int payloadLength)
    {
        if (attachments > 0) type = type == PacketType.Event ? PacketType.BinaryEvent : PacketType.BinaryAck;
        Span<byte> header = stackalloc byte[room];
        var headerLength = PacketHeader.Format(header, type, attachments, nsp, ackId);
        payloadLength = buffer.Length - room + headerLength + 1;
        var start = room - headerLength - 1 - WebSocketFrame.GetHeaderLength(payloadLength);
        var frameHeaderLength = WebSocketFrame.WriteHeader(buffer[start..], WebSocketOpcode.Text, payloadLength);
        buffer[start + frameHeaderLength] = EngineMessage;
        header[..headerLength].CopyTo(buffer[(room - headerLength)..]);
        return start;
    }

    /// <summary>Whether a message answers an event, without attachments.</summary>
    public static bool IsAcknowledgement(ReadOnlySpan<byte> text) => text is [(byte)'0' + (byte)PacketType.Ack, ..];

    /// <summary>Takes a message of this server apart, with its Engine.IO type in front. Its payload is not looked into.</summary>
    public static Packet ReadParts(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte>[] attachments) =>
        PacketText.ReadOwn(message[1..], attachments);

    /// <summary>Reads what one client sends.</summary>
    public static PacketDecoder CreateDecoder(ProtocolLimits limits) => new(limits);
}
