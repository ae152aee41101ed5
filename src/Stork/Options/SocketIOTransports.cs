namespace Stork;

/// <summary>The ways a client may connect.</summary>
[Flags]
public enum SocketIOTransports
{
    /// <summary>No transport.</summary>
    None = 0,

    /// <summary>HTTP long-polling.</summary>
    Polling = 1,

    /// <summary>WebSocket.</summary>
    WebSocket = 2,

    /// <summary>Polling and WebSocket, with the upgrade from one to the other.</summary>
    All = Polling | WebSocket,
}
