namespace Stork;

/// <summary>
/// A class that takes care of connected sockets, made for each of them with its dependencies from the socket's own scope
/// (<see cref="Socket.Services"/>) and disposed with it. Registered by <see cref="Namespace.OnConnection{THandler}"/>.
/// </summary>
public interface ISocketHandler
{
    /// <summary>The socket is connected: register handlers, join rooms. Events the client sends meanwhile wait until the task is
    /// complete.</summary>
    Task OnConnectedAsync(Socket socket);
}
