using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.Storage;

/// <summary>What a client is told whose event was stored: <c>{ status: "ok", id, seq, duplicate }</c>. Written by hand, as there is one for
/// each event.</summary>
internal readonly struct StoredAnswer(EnqueueReceipt receipt) : IEventArguments
{
    public void WriteTo(PacketBuilder packet, ArgumentSerializer serializer)
    {
        var json = packet.Json;
        json.WriteStartObject();
        json.WriteString("status"u8, "ok"u8);
        json.WriteString("id"u8, receipt.Id);
        json.WriteNumber("seq"u8, receipt.Sequence);
        json.WriteBoolean("duplicate"u8, receipt.Duplicate);
        json.WriteEndObject();
    }
}
