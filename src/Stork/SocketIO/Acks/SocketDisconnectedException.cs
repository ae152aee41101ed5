namespace Stork;

/// <summary>The client left before it answered.</summary>
public sealed class SocketDisconnectedException : IOException
{
    internal SocketDisconnectedException()
        : base("The socket was disconnected before it acknowledged the event.")
    {
    }
}
