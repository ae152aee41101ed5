using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork.Recovery;

/// <summary>A namespace that is there, and what the log keeps of it.</summary>
internal sealed class NamespaceLog(RecoveryLog log, NamespaceTrails trails) : INamespaceSessions
{
    public bool TryDetach() => log.TryDetach(trails);

    public ValueTask Broadcast(Namespace nsp, PacketBuilder packet, BroadcastOptions options, PacketFlags flags) =>
        log.Events.Broadcast(nsp, trails, packet, options, flags);

    public void NotifyOutgoing(Socket socket, EncodedPacket packet) => log.Events.NotifyOutgoing(socket, packet);

    public ValueTask<ISocketSession> BeginAsync(Socket socket, ReadOnlyMemory<byte> auth)
    {
        if (!log.AppliesTo(socket.Handshake)) return new(new Outsider(change => log.CountOutsider(trails, change)));
        var claim = log.Examine(trails, auth.Span);
        // The session's own id, from the first middleware on, as its client knows it.
        if (claim is { HasOffset: true }) socket.ChangeId(claim.Session.SocketId);
        return new(new SessionHolder(log, trails, socket, claim));
    }
}
