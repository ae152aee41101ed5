using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;

namespace Stork;

public sealed partial class SocketIOServer
{
    internal IInboxIdentityResolver InboxIdentities => field ??= Services.GetRequiredService<IInboxIdentityResolver>();

    /// <inheritdoc cref="Namespace.Inbox"/>
    public Inbox Inbox(string identity) => MainNamespace.Inbox(identity);

    internal QueueStore RequireStore() =>
        Store ?? throw new InvalidOperationException($"Nothing can be stored: set {nameof(SocketIOOptions)}.{nameof(SocketIOOptions.DataDirectory)}.");
}
