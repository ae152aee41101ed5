using System.Diagnostics.CodeAnalysis;

namespace Stork;

/// <summary>The kinds of <see cref="ClusterMessage"/>; the numbers are those of the official cluster adapters.</summary>
[SuppressMessage("Design", "CA1008", Justification = "The numbers are the wire's, and it has no zero.")]
public enum ClusterMessageType
{
    /// <summary><see cref="ClusterHello"/>.</summary>
    InitialHeartbeat = 1,

    /// <summary><see cref="ClusterHeartbeat"/>.</summary>
    Heartbeat = 2,

    /// <summary><see cref="ClusterBroadcast"/>.</summary>
    Broadcast = 3,

    /// <summary><see cref="ClusterJoin"/>.</summary>
    SocketsJoin = 4,

    /// <summary><see cref="ClusterLeave"/>.</summary>
    SocketsLeave = 5,

    /// <summary><see cref="ClusterDisconnect"/>.</summary>
    DisconnectSockets = 6,

    /// <summary><see cref="ClusterFetchSockets"/>.</summary>
    FetchSockets = 7,

    /// <summary><see cref="ClusterSocketsFetched"/>.</summary>
    FetchSocketsResponse = 8,

    /// <summary><see cref="ClusterServerEvent"/>.</summary>
    ServerSideEmit = 9,

    /// <summary><see cref="ClusterServerAnswer"/>.</summary>
    ServerSideEmitResponse = 10,

    /// <summary><see cref="ClusterClientCount"/>.</summary>
    BroadcastClientCount = 11,

    /// <summary><see cref="ClusterClientAnswer"/>.</summary>
    BroadcastAck = 12,

    /// <summary><see cref="ClusterGoodbye"/>.</summary>
    AdapterClose = 13,
}
