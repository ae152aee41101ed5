using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.Consumers;

/// <summary>Where a socket takes messages from, and how: an inbox or a work queue. There is one class for each, which knows all that
/// differs.</summary>
internal abstract class DeliverySource(
    QueueKind kind, string name, string? @event, int maxInFlight, TimeSpan? ackTimeout, AckStyle ackStyle, DeliveryMetadata metadata)
{
    public QueueKind Kind { get; } = kind;

    /// <summary>The name that the client knows: of an inbox, within its namespace.</summary>
    public string Name { get; } = name;

    /// <summary>Messages the client may have unacknowledged.</summary>
    public int MaxInFlight { get; } = maxInFlight;

    public AckStyle AckStyle { get; } = ackStyle;

    /// <summary>The event that messages come as, for the listeners of outgoing events; null: it is in the message.</summary>
    public string? Event { get; } = @event;

    /// <summary>The event that says that all that waited was sent; null: there is none.</summary>
    public virtual string? SyncedEvent => null;

    /// <summary>The device the client runs on, if the application names it here.</summary>
    public virtual string? Device => null;

    /// <summary>Whether a client that has gone before it could be given a message matters all the same.</summary>
    public abstract bool Remembers(string? device);

    /// <summary>Whether what was handed to this client may wait for its return after a restart of the server.</summary>
    public abstract bool CanReturn(Socket socket, InboxIdentity? identity);

    /// <summary>Under what name deliveries are given to the client: nobody else may settle them.</summary>
    public abstract string OwnerOf(Socket socket, InboxIdentity? identity, string? device);

    /// <summary>What the queue is called in the store.</summary>
    public abstract string QueueNameIn(Namespace nsp);

    /// <summary>Writes a stored message as an event: the array of its name and arguments, and its attachments.</summary>
    /// <param name="packet">Where it goes; empty.</param>
    /// <param name="delivery">The message.</param>
    /// <param name="maxAttachments">How many clients take.</param>
    /// <exception cref="InvalidDataException">It is no event, or none that clients can take.</exception>
    public abstract void Write(PacketBuilder packet, Delivery delivery, int maxAttachments);

    public bool IsSame(DeliverySource other) => other.Kind == Kind && other.Name == Name;

    /// <exception cref="QueueException">The name is too long.</exception>
    public MessageQueue Open(QueueStore store, Namespace nsp) =>
        Kind == QueueKind.Work ? store.Queue(QueueNameIn(nsp)) : store.Inbox(QueueNameIn(nsp));

    /// <summary>For the log.</summary>
    public override string ToString() => Kind == QueueKind.Work ? $"queue \"{Name}\"" : $"inbox \"{Name}\"";

    public virtual SubscriptionOptions Describe(string owner, string? device) => new()
    {
        Owner = owner,
        Remote = true,
        Device = device,
        MaxInFlight = MaxInFlight,
        AckTimeout = ackTimeout,
    };

    /// <summary>Whether the client is told about the message besides its event and arguments.</summary>
    protected bool HasMetadata => metadata == DeliveryMetadata.Trailing;

    /// <summary>What an earlier version stored, or others put into the store, was not checked when it was stored.</summary>
    protected static void RequireDeliverable(ReadOnlySpan<byte> json, int attachments, int maxAttachments)
    {
        if (attachments == 0) return;
        if (ClientLimits.FindFault(json, attachments, maxAttachments) is { } fault) throw new InvalidDataException(fault);
    }

    protected void WriteMetadata(PacketBuilder packet, Delivery delivery)
    {
        packet.Json.WriteStartObject();
        packet.Json.WriteString("id"u8, delivery.Id);
        packet.Json.WriteString("queue"u8, Name);
        packet.Json.WriteNumber("seq"u8, delivery.Sequence);
        packet.Json.WriteNumber("attempt"u8, delivery.DeliveryCount);
        packet.Json.WriteBoolean("redelivered"u8, delivery.Redelivered);
        if (delivery.Key is { } key) packet.Json.WriteString("key"u8, key);
        packet.Json.WriteString("enqueuedAt"u8, delivery.EnqueuedAt);
        packet.Json.WriteEndObject();
    }
}
