namespace Stork;

/// <summary>An event for the sockets meant.</summary>
public sealed record ClusterBroadcast : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.Broadcast;

    /// <summary>Which sockets; <see cref="BroadcastOptions.Local"/> is never set, and does not travel.</summary>
    public required BroadcastOptions Options { get; init; }

    /// <summary>The event: a JSON array of its name and its arguments.</summary>
    public required JsonPayload Event { get; init; }

    /// <summary>What the answers bear if the sockets are asked for acknowledgements, which then are awaited for
    /// <see cref="BroadcastOptions.Timeout"/>; null if they are not asked.</summary>
    public string? RequestId { get; init; }
}
