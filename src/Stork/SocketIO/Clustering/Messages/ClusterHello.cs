namespace Stork;

/// <summary>A server has come; the others answer with <see cref="ClusterHeartbeat"/>.</summary>
public sealed record ClusterHello : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.InitialHeartbeat;
}
