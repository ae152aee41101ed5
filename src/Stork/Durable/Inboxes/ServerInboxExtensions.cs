namespace Stork;

/// <summary>The inboxes of the main namespace.</summary>
public static class ServerInboxExtensions
{
    extension(SocketIOServer server)
    {
        /// <inheritdoc cref="NamespaceInboxExtensions.extension(Namespace).Inbox(string)"/>
        public Inbox Inbox(string identity)
        {
            ArgumentNullException.ThrowIfNull(server);
            return server.MainNamespace.Inbox(identity);
        }

        /// <inheritdoc cref="NamespaceInboxExtensions.extension(Namespace).MapInbox(Func{SocketEvent, string?})"/>
        public InboxMapping MapInbox(Func<SocketEvent, string?> inbox)
        {
            ArgumentNullException.ThrowIfNull(server);
            return server.MainNamespace.MapInbox(inbox);
        }
    }
}
