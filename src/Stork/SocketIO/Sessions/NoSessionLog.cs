using Stork.Wire;

namespace Stork.SocketIO.Sessions;

/// <summary>Remembers nothing: whoever loses its connection connects anew.</summary>
internal sealed class NoSessionLog : ISessionLog, INamespaceSessions
{
    public static NoSessionLog Instance { get; } = new();

    public INamespaceSessions Attach(string name) => this;

    public INamespaceSessions Share(Namespace nsp, ClusterAdapter adapter, IClusterSessionStore store) => this;

    public void MissOut()
    {
        // There is nothing that could lack it.
    }

    public void NotifyOutgoing(Socket socket, EncodedPacket packet) => socket.Listeners.NotifyOutgoing(packet);

    public bool TryDetach() => true;

    public ValueTask Broadcast(Namespace nsp, PacketBuilder packet, BroadcastOptions options, PacketFlags flags)
    {
        packet.Finish(PacketType.Event, nsp.Utf8Name, ackId: -1);
        return nsp.RequireAdapter().BroadcastAsync(new BroadcastPacket(packet.ToPacket(flags)), options);
    }

    public ValueTask<ISocketSession> BeginAsync(Socket socket, ReadOnlyMemory<byte> auth) => new(NoSession.Instance);

    public void Dispose()
    {
        // One instance serves all.
    }
}
