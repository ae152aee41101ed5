using Stork.Durable;
using Stork.Durable.Inboxes;
using Stork.Queues;

namespace Stork;

/// <summary>The inboxes of a namespace: messages that wait for clients.</summary>
public static class NamespaceInboxExtensions
{
    extension(Namespace nsp)
    {
        /// <summary>The inbox of an identity in this namespace; inboxes of the same name in other namespaces are others.</summary>
        /// <param name="identity">Who: what <see cref="IInboxIdentityResolver"/> says of a socket, or the name given to
        /// <c>socket.SubscribeInboxAsync</c>. At most 256 bytes, together with the name of a namespace that is not the main one.</param>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
        /// <exception cref="QueueException">The name is too long.</exception>
        public Inbox Inbox(string identity)
        {
            ArgumentNullException.ThrowIfNull(nsp);
            var queue = nsp.Server.RequireStore().Inbox(InboxNames.Store(nsp, identity));
            nsp.Server.InboxUse.OnUsed(nsp);
            return new Inbox(nsp.Server, queue, identity);
        }

        /// <summary>
        /// Has events of clients stored in inboxes of this namespace:
        /// <c>io.MapInbox(e =&gt; "shop:" + e.Arguments.Get&lt;Order&gt;(0)!.Shop).FromEvent("order")</c>. Called while the application is
        /// set up; it has effect on sockets that connect afterwards.
        /// </summary>
        /// <param name="inbox">Whose inbox, for each event; null: the client may not do that (<c>forbidden</c>). It must decide what the
        /// client may, as nobody else does.</param>
        /// <returns>The mapping, which says what events.</returns>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
        public InboxMapping MapInbox(Func<SocketEvent, string?> inbox)
        {
            ArgumentNullException.ThrowIfNull(nsp);
            ArgumentNullException.ThrowIfNull(inbox);
            _ = nsp.Server.RequireStore();
            var mapping = new InboxMapping(inbox);
            nsp.OnConnection(mapping.Attach);
            return mapping;
        }
    }
}
