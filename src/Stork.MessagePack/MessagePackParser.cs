using System.Buffers;
using Nerdbank.MessagePack;
using Stork.MessagePack.Values;
using Stork.Protocol;

namespace Stork.MessagePack;

/// <summary>
/// Packets as MessagePack: for clients made with <c>socket.io-msgpack-parser</c>, those of <c>socket.io.msgpack.min.js</c> among them.
/// Clients with the parser of the protocol cannot connect.
/// </summary>
/// <example><code>builder.Services.AddSocketIO(options => options.Parser = new MessagePackParser());</code></example>
/// <remarks>
/// A packet is one map, <c>{ type, data, id, nsp }</c>, whose <c>data</c> has binary values where they belong. What it is converted to and
/// from is JSON, so handlers, adapters, inboxes and queues have the same events as with the other parser.
/// </remarks>
public sealed class MessagePackParser : PacketParser
{
    private const int MaxDepth = 2 * ProtocolLimits.LargestJsonDepth;

    /// <inheritdoc/>
    public override bool IsBinary => true;

    /// <inheritdoc/>
    public override string? ClientScript => "socket.io.msgpack.min.js";

    /// <inheritdoc/>
    public override void Write(IBufferWriter<byte> output, in Packet packet)
    {
        var hasData = !packet.Payload.IsEmpty;
        var hasId = packet.AckId >= 0;
        var writer = new MessagePackWriter(output);
        // In the order of the official server.
        writer.WriteMapHeader(2 + (hasData ? 1 : 0) + (hasId ? 1 : 0));
        writer.WriteString("type"u8);
        writer.Write((int)WithoutAttachments(packet.Type));
        if (hasData)
        {
            writer.WriteString("data"u8);
            JsonToMessagePack.Write(ref writer, new JsonPayload(packet.Payload, packet.Attachments), MaxDepth);
        }

        if (hasId)
        {
            writer.WriteString("id"u8);
            writer.Write(packet.AckId);
        }

        writer.WriteString("nsp"u8);
        writer.WriteString(packet.Namespace.Span);
        writer.Flush();
    }

    /// <inheritdoc/>
    public override Packet Read(ReadOnlyMemory<byte> message, ProtocolLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return PacketMap.Read(message, limits).ToPacket(limits);
    }

    private static PacketType WithoutAttachments(PacketType type) => type switch
    {
        PacketType.BinaryEvent => PacketType.Event,
        PacketType.BinaryAck => PacketType.Ack,
        _ => type,
    };
}
