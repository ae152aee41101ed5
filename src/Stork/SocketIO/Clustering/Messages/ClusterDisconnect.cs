namespace Stork;

/// <summary>The sockets meant are disconnected.</summary>
public sealed record ClusterDisconnect : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.DisconnectSockets;

    /// <summary>Which sockets; <see cref="BroadcastOptions.Local"/> is never set, and does not travel.</summary>
    public required BroadcastOptions Options { get; init; }

    /// <summary>Whether their connections are closed, too.</summary>
    public bool Close { get; init; }
}
