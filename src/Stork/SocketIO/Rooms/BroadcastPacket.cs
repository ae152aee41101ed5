using Stork.Wire;

using Stork.SocketIO.Rooms;

namespace Stork;

/// <summary>An event on its way to many sockets, encoded once.</summary>
public sealed class BroadcastPacket
{
    private byte[]? _text;

    internal BroadcastPacket(EncodedPacket encoded) => Encoded = encoded;

    /// <summary>The Socket.IO packet as on the wire, without its Engine.IO type: what an adapter sends to other servers.</summary>
    public ReadOnlyMemory<byte> Text => _text ??= Encoded.First.Payload[1..].ToArray();

    /// <summary>The packet's attachments, in their order.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Attachments
    {
        get
        {
            foreach (var attachment in Encoded.Attachments) yield return attachment.Payload.ToArray();
        }
    }

    internal EncodedPacket Encoded { get; }
}
