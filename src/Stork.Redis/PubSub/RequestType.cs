namespace Stork.Redis.PubSub;

/// <summary>What servers ask each other over publish/subscribe; the numbers are those of <c>@socket.io/redis-adapter</c>.</summary>
internal enum RequestType
{
    /// <summary>The ids of the sockets in rooms; asked by servers of former versions.</summary>
    Sockets = 0,
    AllRooms = 1,
    RemoteJoin = 2,
    RemoteLeave = 3,
    RemoteDisconnect = 4,
    RemoteFetch = 5,

    /// <summary>An event for servers, and the answer to it.</summary>
    ServerSideEmit = 6,

    /// <summary>A broadcast that asks for acknowledgements.</summary>
    Broadcast = 7,

    /// <summary>An answer to it: how many clients were asked.</summary>
    BroadcastClientCount = 8,

    /// <summary>An answer to it: what one client has answered.</summary>
    BroadcastAck = 9,
}
