namespace Stork;

/// <summary>The acknowledgement of one socket.</summary>
public sealed record ClusterClientAnswer : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.BroadcastAck;

    /// <summary>Which request it answers.</summary>
    public required string RequestId { get; init; }

    /// <summary>The first argument of what the client answered, one JSON value; clients can give more, but no adapter carries
    /// them.</summary>
    public required JsonPayload Value { get; init; }
}
