using Stork.Durable.Consumers;

namespace Stork.Durable.Inboxes;

/// <summary>Says, once, that a socket gets no inbox although messages are put into inboxes of its namespace: most likely nobody has told
/// the server who its clients are.</summary>
internal sealed class InboxUse
{
    private int _isTold;

    /// <summary>An inbox of the namespace is used. If it is the first one, any of the sockets that are there may wait in vain.</summary>
    public void OnUsed(Namespace nsp)
    {
        // Nearly always known already: a look at the few features of the namespace.
        if (nsp.Features.Find<UsedInboxes>() is not null) return;
        _ = nsp.Features.GetOrAdd(nsp, static _ => new UsedInboxes());
        if (Volatile.Read(ref _isTold) != 0) return;
        foreach (var socket in nsp.SocketSnapshot)
        {
            if (socket.Feature<SocketConsumers>() is not { IsLeftOut: true }) continue;
            LogOnce(socket);
            return;
        }
    }

    /// <summary>A socket is connected that has no identity, and that nobody has given an inbox.</summary>
    public void OnLeftOut(Socket socket)
    {
        if (socket.Namespace.Features.Find<UsedInboxes>() is not null) LogOnce(socket);
    }

    private void LogOnce(Socket socket)
    {
        if (Interlocked.Exchange(ref _isTold, 1) == 0) Log.InboxWithoutIdentity(socket.Server.Logger, socket.Id, socket.Namespace.Name);
    }

    /// <summary>Marks a namespace of which an inbox was asked for in this run.</summary>
    private sealed class UsedInboxes;
}
