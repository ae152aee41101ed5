using Microsoft.Extensions.DependencyInjection;
using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Queues;

namespace Stork;

public sealed partial class SocketIOServer
{
    internal IInboxIdentityResolver InboxIdentities => field ??= Services.GetRequiredService<IInboxIdentityResolver>();

    internal InboxUse InboxUse { get; } = new();

    /// <inheritdoc cref="NamespaceInboxExtensions.extension(Namespace).Inbox(string)"/>
    public Inbox Inbox(string identity) => MainNamespace.Inbox(identity);

    /// <inheritdoc cref="NamespaceInboxExtensions.extension(Namespace).MapInbox(Func{SocketEvent, string?})"/>
    public InboxMapping MapInbox(Func<SocketEvent, string?> inbox) => MainNamespace.MapInbox(inbox);

    /// <inheritdoc cref="NamespaceIdempotencyExtensions.extension(Namespace).HandleOnce(string, Func{SocketEvent, string?})"/>
    public SocketIOServer HandleOnce(string name, Func<SocketEvent, string?> id)
    {
        MainNamespace.HandleOnce(name, id);
        return this;
    }

    internal QueueStore RequireStore() =>
        Store ?? throw new InvalidOperationException($"Nothing can be stored: set {nameof(SocketIOOptions)}.{nameof(SocketIOOptions.DataDirectory)}.");
}
