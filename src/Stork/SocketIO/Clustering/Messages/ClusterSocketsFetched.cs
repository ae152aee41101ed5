namespace Stork;

/// <summary>The sockets one server has; the answer to <see cref="ClusterFetchSockets"/>.</summary>
public sealed record ClusterSocketsFetched : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.FetchSocketsResponse;

    /// <summary>Which request it answers.</summary>
    public required string RequestId { get; init; }

    /// <summary>The sockets.</summary>
    public required IReadOnlyList<ClusterSocket> Sockets { get; init; }
}
