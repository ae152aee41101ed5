namespace Stork;

/// <summary>How many sockets one server has asked for acknowledgements; each server says so once.</summary>
public sealed record ClusterClientCount : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.BroadcastClientCount;

    /// <summary>Which request it answers.</summary>
    public required string RequestId { get; init; }

    /// <summary>The number of sockets.</summary>
    public required int Count { get; init; }
}
