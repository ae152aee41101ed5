namespace Stork.SocketIO.Events;

internal static class PacketExtensions
{
    /// <summary>A copy that does not share the receive buffer. Attachments were copied when they came.</summary>
    public static Packet Copy(this in Packet packet) => new(
        packet.Type,
        packet.Namespace.ToArray(),
        packet.AckId,
        packet.Payload.ToArray(),
        packet.EventName.ToArray(),
        packet.Attachments);
}
