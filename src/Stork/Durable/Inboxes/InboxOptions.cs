using System.Text;
using Stork.Queues;

namespace Stork;

/// <summary>How a socket takes the messages of an inbox.</summary>
public sealed record InboxOptions
{
    /// <summary>The device the client runs on, 1 to 64 bytes: a device has its own position in the inbox, and a message stays until every
    /// known device has acknowledged it (at most 64). Null (default): what <see cref="IInboxIdentityResolver"/> says, or none; a socket
    /// without one speaks for all devices.</summary>
    public string? Device { get; init; }

    /// <summary>Where a device that is seen for the first time starts. Default <see cref="DeviceStart.Unread"/>.</summary>
    public DeviceStart DeviceStart { get; init; } = DeviceStart.Unread;

    /// <summary>Who is preferred where only one socket at a time gets messages (<see cref="Fanout.ActiveDevice"/>). Default 0; the highest
    /// gets them, among equals the newest.</summary>
    public int Priority { get; init; }

    /// <summary>Messages the client may have unacknowledged. Default 32; 1 to 2,000. With 1 a message is sent only when the one before is
    /// settled.</summary>
    public int MaxInFlight { get; init; } = 32;

    /// <summary>How long a connected client may take to acknowledge before that counts as a failure of the message. Null (default): as the
    /// inbox says (<see cref="QueueOptions.AckTimeout"/>, 30 s).</summary>
    public TimeSpan? AckTimeout { get; init; }

    /// <summary>What the client's answers mean. Default <see cref="AckStyle.Value"/>.</summary>
    public AckStyle AckStyle { get; init; }

    /// <summary>Whether the client is told about the message. Default <see cref="DeliveryMetadata.None"/>.</summary>
    public DeliveryMetadata Metadata { get; init; }

    /// <summary>The event a client gets once all that waited for it has been sent, with <c>{ pending }</c>: how many messages that were.
    /// Null (default): none; usually <c>inbox:synced</c>.</summary>
    public string? SyncedEvent { get; init; }

    internal static void CheckDevice(string? device)
    {
        if (device is not null && Encoding.UTF8.GetByteCount(device) is 0 or > 64)
            throw new ArgumentException("A device has 1 to 64 bytes.", nameof(device));
    }

    /// <summary>Why this could not work; null if it can.</summary>
    internal string? FindFault()
    {
        if (MaxInFlight is < 1 or > 2000) return $"{nameof(MaxInFlight)} must be from 1 to 2,000";
        if (AckTimeout is { } timeout && (timeout <= TimeSpan.Zero || timeout > QueueOptions.MaxDelay))
            return $"{nameof(AckTimeout)} must be positive and at most 366 days";
        if (!Enum.IsDefined(AckStyle) || !Enum.IsDefined(Metadata) || !Enum.IsDefined(DeviceStart))
            return $"{nameof(AckStyle)}, {nameof(Metadata)} and {nameof(DeviceStart)} must be one of their named values";
        return SyncedEvent is "" || (SyncedEvent is not null && ReservedEvents.Contains(SyncedEvent))
            ? $"{nameof(SyncedEvent)} must be a name that is not reserved"
            : null;
    }
}
