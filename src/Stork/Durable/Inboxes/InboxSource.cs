using Stork.Durable.Consumers;
using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.Inboxes;

/// <summary>An inbox: its messages are events themselves, stored as they were emitted.</summary>
internal sealed class InboxSource(string identity, InboxOptions options)
    : DeliverySource(QueueKind.Inbox, identity, null, options.MaxInFlight, options.AckTimeout, options.AckStyle, options.Metadata)
{
    public override string? SyncedEvent => options.SyncedEvent;

    public override string? Device => options.Device;

    /// <summary>A device is known to the inbox once it has begun to take messages, and misses nothing from then on.</summary>
    public override bool Remembers(string? device) => device is not null;

    public override bool CanReturn(Socket socket, InboxIdentity? identity) => true;

    public override string OwnerOf(Socket socket, InboxIdentity? identity, string? device) =>
        InboxNames.Owner(identity?.Name ?? Name, device);

    public override string QueueNameIn(Namespace nsp) => InboxNames.Store(nsp, Name);

    public override SubscriptionOptions Describe(string owner, string? device) =>
        base.Describe(owner, device) with { DeviceStart = options.DeviceStart, Priority = options.Priority };

    public override void Write(PacketBuilder packet, Delivery delivery, int maxAttachments)
    {
        var body = InboxBody.Read(delivery.Body);
        var attachments = body.GetAttachments();
        RequireDeliverable(body.Json, attachments.Length, maxAttachments);
        if (HasMetadata)
        {
            packet.WriteRaw(body.Json[..^1]);
            packet.WriteRaw(","u8);
            WriteMetadata(packet, delivery);
            packet.WriteRaw("]"u8);
        }
        else
        {
            packet.WriteRaw(body.Json);
        }

        foreach (var attachment in attachments) packet.AddAttachment(attachment.Span);
    }
}
