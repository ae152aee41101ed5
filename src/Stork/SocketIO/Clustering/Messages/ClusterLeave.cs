namespace Stork;

/// <summary>The sockets meant leave rooms.</summary>
public sealed record ClusterLeave : ClusterMessage
{
    /// <inheritdoc/>
    public override ClusterMessageType Type => ClusterMessageType.SocketsLeave;

    /// <summary>Which sockets; <see cref="BroadcastOptions.Local"/> is never set, and does not travel.</summary>
    public required BroadcastOptions Options { get; init; }

    /// <summary>The rooms.</summary>
    public required IReadOnlyList<string> Rooms { get; init; }
}
