using Stork.Wire;

namespace Stork.SocketIO.Events;

/// <summary>Reads an event back from what is sent: listeners of outgoing events are rare, and see exactly what the client will.</summary>
internal static class OutgoingEvent
{
    /// <summary>What the server itself wrote is read back without the limits that guard against clients.</summary>
    private static readonly ProtocolLimits OwnPackets = new()
    {
        MaxAttachments = ProtocolLimits.LargestAttachments,
        MaxJsonDepth = ProtocolLimits.LargestJsonDepth,
        MaxPacketSize = ProtocolLimits.LargestPacketSize,
        MaxNamespaceLength = ProtocolLimits.LargestNamespaceLength,
    };

    /// <param name="socket">Where it goes.</param>
    /// <param name="encoded">What is sent.</param>
    /// <param name="name">The event's name, if it is known.</param>
    public static SocketEvent Read(Socket socket, EncodedPacket encoded, string? name)
    {
        var decoder = JsonTextCodec.CreateDecoder(OwnPackets);
        if (!decoder.TryDecode(encoded.First.Payload[1..].ToArray(), out var packet))
        {
            foreach (var attachment in encoded.Attachments) decoder.TryDecodeBinary(attachment.Payload.ToArray(), out packet);
        }

        name ??= EventName.Table.GetText(packet.EventName.Span, socket.Listeners.Handlers);
        return new SocketEvent(socket, name, EventArguments.Copy(packet, socket.Server.Serializer), acknowledgement: null);
    }
}
