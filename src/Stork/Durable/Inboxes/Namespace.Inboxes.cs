using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Queues;

namespace Stork;

public partial class Namespace
{
    /// <summary>Whether an inbox was asked for in this run.</summary>
    internal bool AreInboxesUsed { get; private set; }

    /// <summary>The inbox of an identity in this namespace; inboxes of the same name in other namespaces are others.</summary>
    /// <param name="identity">Who: what <see cref="IInboxIdentityResolver"/> says of a socket, or the name given to <see cref="Socket.SubscribeInboxAsync"/>.
    /// At most 256 bytes, together with the name of a namespace that is not the main one.</param>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
    /// <exception cref="QueueException">The name is too long.</exception>
    public Inbox Inbox(string identity)
    {
        var queue = Server.RequireStore().Inbox(InboxNames.Store(this, identity));
        if (!AreInboxesUsed)
        {
            AreInboxesUsed = true;
            Server.InboxUse.OnFirstUse(this);
        }

        return new Inbox(Server, queue, identity);
    }

    /// <summary>
    /// Has events of clients stored in an inbox of this namespace, as they came. A client that asked for an acknowledgement gets
    /// <c>{ status: "ok", id, seq, duplicate }</c> once the event is as durable as the store promises, or
    /// <c>{ status: "error", code, retryAfterMs? }</c> with the code <c>forbidden</c>, <c>invalid</c>, <c>too_large</c> or <c>queue_full</c>; while the store itself is in
    /// trouble it gets no answer, so that it tries again.
    /// </summary>
    /// <param name="name">The event's name.</param>
    /// <param name="inbox">Whose inbox, for each event; null: the client may not do that. It must decide what the client may, as nobody else does.</param>
    /// <param name="mapping">How to recognise repeats, and how the messages wait. Null: the defaults.</param>
    /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
    public Namespace MapInbox(string name, Func<SocketEvent, string?> inbox, InboxMapping? mapping = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(inbox);
        _ = Server.RequireStore();
        mapping ??= new InboxMapping();
        return OnConnection(socket =>
        {
            var mapped = new InboxProducer(socket, inbox, mapping);
            socket.On(name, (SocketEvent received) => mapped.HandleAsync(received));
        });
    }
}
