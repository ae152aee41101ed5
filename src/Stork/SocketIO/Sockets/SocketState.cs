namespace Stork.SocketIO.Sockets;

internal enum SocketState : byte
{
    /// <summary>Middlewares run; rooms may be joined, nothing is sent.</summary>
    Connecting,

    Connected,

    /// <summary>For good.</summary>
    Disconnected,
}
