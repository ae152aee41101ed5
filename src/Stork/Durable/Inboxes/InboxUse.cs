using Stork.Durable.Consumers;

namespace Stork.Durable.Inboxes;

/// <summary>Says, once, that a socket gets no inbox although messages are put into inboxes of its namespace: most likely nobody has told the server who its clients
/// are.</summary>
internal sealed class InboxUse
{
    private int _isTold;

    /// <summary>The first inbox of the namespace is used: one of the sockets that are there may wait in vain.</summary>
    public void OnFirstUse(Namespace nsp)
    {
        if (Volatile.Read(ref _isTold) != 0) return;
        foreach (var socket in nsp.SocketSnapshot)
        {
            if (socket.Inboxes is not { IsLeftOut: true }) continue;
            Tell(socket);
            return;
        }
    }

    /// <summary>A socket is connected that has no identity, and that nobody has given an inbox.</summary>
    public void OnLeftOut(Socket socket)
    {
        if (socket.Namespace.AreInboxesUsed) Tell(socket);
    }

    private void Tell(Socket socket)
    {
        if (Interlocked.Exchange(ref _isTold, 1) == 0) Log.InboxWithoutIdentity(socket.Server.Logger, socket.Id, socket.Namespace.Name);
    }
}
