namespace Stork;

/// <summary>Each server is asked for those of its sockets that are meant.</summary>
public sealed record ClusterFetchSockets : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.FetchSockets;

    /// <summary>Which sockets; <see cref="BroadcastOptions.Local"/> is never set, and does not travel.</summary>
    public required BroadcastOptions Options { get; init; }

    /// <summary>What the answers to it bear, unique among the requests of its server.</summary>
    public required string RequestId { get; init; }
}
