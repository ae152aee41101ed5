namespace Stork;

/// <summary>A server is still there.</summary>
public sealed record ClusterHeartbeat : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.Heartbeat;
}
