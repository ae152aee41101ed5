using Stork.Inboxes;
using Stork.Queues;

namespace Stork;

public partial class Namespace
{
    /// <summary>The inbox of an identity in this namespace; inboxes of the same name in other namespaces are others.</summary>
    /// <param name="identity">Who: what <see cref="IInboxIdentityResolver"/> says of a socket, or the name given to <see cref="Socket.SubscribeInboxAsync"/>.
    /// At most 256 bytes, together with the name of a namespace that is not the main one.</param>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
    /// <exception cref="QueueException">The name is too long.</exception>
    public Inbox Inbox(string identity) => new(Server, Server.RequireStore().Inbox(InboxNames.Store(this, identity)), identity);
}
