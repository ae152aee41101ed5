using System.Text.Json;
using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.WorkQueues;

/// <summary>A work queue: its jobs come as events of one name.</summary>
internal sealed class QueueSource(string queue, SocketConsumerOptions options)
    : DeliverySource(
        QueueKind.Work, queue, options.Event ?? queue, options.MaxInFlight, options.AckTimeout, options.AckStyle, options.Metadata)
{
    /// <summary>Jobs go to whoever is there.</summary>
    public override bool Remembers(string? device) => false;

    public override bool CanReturn(Socket socket, InboxIdentity? identity) => identity is not null || socket.Session.IsRecoverable;

    public override string OwnerOf(Socket socket, InboxIdentity? identity, string? device) =>
        identity is null ? InboxNames.Owner("socket " + socket.Id, null) : InboxNames.Owner(identity.Name, device);

    public override string QueueNameIn(Namespace nsp) => Name;

    public override void Write(PacketBuilder packet, Delivery delivery, int maxAttachments)
    {
        try
        {
            var (json, attachments) = JobBody.Split(delivery);
            RequireDeliverable(json.Span, attachments.Length, maxAttachments);
            packet.Json.WriteStartArray();
            packet.Json.WriteStringValue(Event!);
            // Whatever is in the store, a client gets a well-formed packet.
            RequireJson(json.Span);
            packet.Json.WriteRawValue(json.Span, skipInputValidation: true);
            if (HasMetadata) WriteMetadata(packet, delivery);
            packet.Json.WriteEndArray();
            foreach (var attachment in attachments) packet.AddAttachment(attachment.Span);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InvalidDataException("The job is not JSON.", exception);
        }
    }

    /// <summary>By itself the writer would stop at a depth of 64, whatever <see cref="ProtocolLimits.MaxJsonDepth"/> lets clients hand
    /// in.</summary>
    private static void RequireJson(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ProtocolLimits.LargestJsonDepth });
        while (reader.Read())
        {
            // Reading it is all that is wanted.
        }
    }
}
