namespace Stork.Queues;

/// <summary>How a consumer takes messages.</summary>
public sealed record SubscriptionOptions
{
    /// <summary>Messages a consumer may have out at once.</summary>
    internal const int MaxInFlightCap = 2000;

    /// <summary>The longest name of a consumer or a device, in UTF-8.</summary>
    internal const int MaxOwnerBytes = 128;

    /// <summary>Messages it may have out at once, 1 to 2,000. Default: 1; of inboxes 32.</summary>
    public int? MaxInFlight { get; init; }

    /// <summary>
    /// Bytes after which it gets no more until it has settled some; a single message may be larger. Default: not limited.
    /// </summary>
    public long MaxInFlightBytes { get; init; } = long.MaxValue;

    /// <summary>How long it may hold a message; null: as the queue says.</summary>
    public TimeSpan? AckTimeout { get; init; }

    /// <summary>
    /// Who it is, at most 128 bytes: a session or an identity. One that lost its connection finds its deliveries again under this name, and
    /// only this name can settle a delivery by its ack id. Default: nobody.
    /// </summary>
    public string? Owner { get; init; }

    /// <summary>
    /// Whether the messages leave this process. If not (the default), the end of the process while they are out counts as a failure of
    /// theirs.
    /// </summary>
    public bool Remote { get; init; }

    /// <summary>
    /// Whether a late acknowledgement is refused (<see cref="SettleOutcome.LeaseLost"/>) instead of accepted. Default: false.
    /// </summary>
    public bool Fenced { get; init; }

    /// <summary>The device, where the inbox has a position per device (<see cref="Fanout.PerDevice"/>). A consumer without one speaks for
    /// all devices: what it acknowledges is settled.</summary>
    public string? Device { get; init; }

    /// <summary>Where a device seen for the first time starts. Default: <see cref="DeviceStart.Unread"/>.</summary>
    public DeviceStart DeviceStart { get; init; } = DeviceStart.Unread;

    /// <summary>Who is preferred under <see cref="Fanout.ActiveDevice"/>: higher goes first. Default: 0.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// After a reconnect: the highest <see cref="Delivery.LeaseToken"/> known to have arrived before. Deliveries up to it stay out; later
    /// ones are sent anew. Default: 0, all are sent anew.
    /// </summary>
    public ulong ReceivedUpTo { get; init; }

    /// <summary>
    /// Asked when a lease ends: only if the consumer is heard of afterwards does that count as a failure. Until then, or until the consumer
    /// is said to be disconnected, its messages stay its own. Default: none, every lease that ends counts.
    /// </summary>
    public IConsumerLiveness? Liveness { get; init; }

    internal void Validate()
    {
        if (MaxInFlight is < 1 or > MaxInFlightCap)
            throw new QueueException(QueueErrorCode.Invalid, "MaxInFlight must be from 1 to 2,000.");
        if (!Enum.IsDefined(DeviceStart)) throw new QueueException(QueueErrorCode.Invalid, "DeviceStart must be one of its values.");
        if (MaxInFlightBytes < 1) throw new QueueException(QueueErrorCode.Invalid, "MaxInFlightBytes must be positive.");
        if (AckTimeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > QueueOptions.MaxDelay))
            throw new QueueException(QueueErrorCode.Invalid, "AckTimeout must be positive and at most 366 days.");
        foreach (var name in (string?[])[Owner, Device])
            if (name is not null && System.Text.Encoding.UTF8.GetByteCount(name) is 0 or > MaxOwnerBytes)
                throw new QueueException(QueueErrorCode.Invalid, "Owner and Device have 1 to 128 bytes.");
    }
}
