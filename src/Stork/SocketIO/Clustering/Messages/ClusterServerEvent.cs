namespace Stork;

/// <summary>An event for the servers themselves, not for their clients.</summary>
public sealed record ClusterServerEvent : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.ServerSideEmit;

    /// <summary>The event: a JSON array of its name and its arguments.</summary>
    public required JsonPayload Event { get; init; }

    /// <summary>What the answers bear; null if none are wanted.</summary>
    public string? RequestId { get; init; }
}
