using Stork.SocketIO.Sockets;

namespace Stork.SocketIO.Sessions;

/// <summary>
/// A socket's part in the session log, from before the first middleware to the socket's end. <see cref="NoSession"/> is the part of
/// one that has none.
/// </summary>
/// <remarks>
/// A socket that claims an earlier session: <see cref="IdentifyAsync"/>, <see cref="WaitForSlotAsync"/>, <see cref="TryTakeAsync"/>,
/// <see cref="TryOpenAsync"/>. Every other one: <see cref="IdentifyAsync"/>, <see cref="TryOpenAsync"/>. A claim that comes to nothing
/// is forgotten, and the socket is opened as any other.
/// </remarks>
internal interface ISocketSession
{
    /// <summary>Whether the client can come back for what it will have missed.</summary>
    bool IsRecoverable { get; }

    /// <summary>Whether the client asks for an earlier session that it might get.</summary>
    bool IsClaiming { get; }

    /// <summary>Whether middlewares are passed by for the sake of the claim.</summary>
    bool SkipsMiddlewares { get; }

    /// <summary>Finds out whose the session is. Asked behind the middlewares.</summary>
    ValueTask IdentifyAsync();

    /// <summary>Waits until not too many others are being served; disposing the result lets the next one in.</summary>
    ValueTask<IDisposable?> WaitForSlotAsync();

    /// <summary>Takes the claimed session, and its rooms, from whoever has it.</summary>
    /// <returns>False if the socket cannot have it; it is one like any other then, with an id of its own.</returns>
    ValueTask<bool> TryTakeAsync();

    /// <summary>
    /// Opens the socket (<see cref="SocketLifetime.Open"/>) with the session that was taken; otherwise with a new one, or none.
    /// </summary>
    /// <returns>False if what was taken cannot be had after all; the next call opens the socket without it.</returns>
    ValueTask<bool> TryOpenAsync(Socket socket);

    /// <summary>The socket will not be opened with what it has taken or claims.</summary>
    void Abandon();

    /// <summary>The socket, which was open, has ended.</summary>
    void OnClosed(DisconnectReason reason);

    /// <summary>The socket joins rooms.</summary>
    ValueTask JoinAsync(Socket socket, IReadOnlyList<string> rooms);

    /// <summary>The socket leaves a room.</summary>
    ValueTask LeaveAsync(Socket socket, string room);

    /// <summary>Completes when what this thread has sent to the socket before has gone to its connection: at once, unless events take
    /// the way by other servers.</summary>
    ValueTask FlushAsync();

    /// <summary>What the socket's <see cref="Socket.Data"/> is kept in; asked for once.</summary>
    IDictionary<string, object?> CreateData();
}
