using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork.Recovery;

/// <summary>A namespace that is there, and what the log keeps of it.</summary>
internal sealed class NamespaceLog(RecoveryLog log, NamespaceTrails trails) : INamespaceSessions
{
    public bool TryDetach() => log.TryDetach(trails);

    public ValueTask Broadcast(Namespace nsp, PacketBuilder packet, BroadcastOptions options, PacketFlags flags) =>
        log.Events.Broadcast(nsp, trails, packet, options, flags);

    public ISocketSession Begin(Socket socket, ReadOnlySpan<byte> auth)
    {
        if (!log.AppliesTo(socket.Handshake)) return new Outsider(log, trails);
        var claim = log.Examine(trails, auth);
        // The session's own id, from the first middleware on, as its client knows it.
        if (claim is { HasOffset: true }) socket.ChangeId(claim.Session.SocketId);
        return new SessionHolder(log, trails, socket, claim);
    }
}
