namespace Stork;

/// <summary>The answer of one server to <see cref="ClusterServerEvent"/>.</summary>
public sealed record ClusterServerAnswer : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.ServerSideEmitResponse;

    /// <summary>Which request it answers.</summary>
    public required string RequestId { get; init; }

    /// <summary>The answer, one JSON value.</summary>
    public required JsonPayload Value { get; init; }
}
