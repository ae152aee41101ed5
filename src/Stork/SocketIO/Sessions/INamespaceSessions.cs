using Stork.Wire;

namespace Stork.SocketIO.Sessions;

/// <summary>What is remembered of one namespace.</summary>
internal interface INamespaceSessions
{
    /// <summary>The namespace was made on demand, and is about to be dropped; false while somebody may come back to it.</summary>
    bool TryDetach();

    /// <summary>Sends an event without acknowledgement to many sockets of the namespace.</summary>
    ValueTask Broadcast(Namespace nsp, PacketBuilder packet, BroadcastOptions options, PacketFlags flags);

    /// <summary>
    /// The part of a socket that is being connected. If its client asks for a session that it might get, the socket goes by that
    /// session's id.
    /// </summary>
    /// <param name="socket">The socket, which nobody else knows yet.</param>
    /// <param name="auth">What the client sent with CONNECT: a JSON object or nothing.</param>
    ValueTask<ISocketSession> BeginAsync(Socket socket, ReadOnlyMemory<byte> auth);

    /// <summary>Calls the socket's listeners of outgoing events, which may emit themselves: once this thread may do so.</summary>
    void NotifyOutgoing(Socket socket, EncodedPacket packet);
}
