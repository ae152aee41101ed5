using Microsoft.Extensions.DependencyInjection;
using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Durable.Storage;
using Stork.Durable.WorkQueues;

namespace Stork.Durable;

/// <summary>What a server keeps for its inboxes and work queues.</summary>
internal sealed class DurableServer(SocketIOServer server, StorageOptions storage, TimeProvider time) : IDisposable
{
    public StorageOptions Storage => storage;

    public WorkQueueHost WorkQueues { get; } = new(server, time);

    public InboxUse InboxUse { get; } = new();

    public DeliveryRounds DeliveryRounds { get; } = new();

    public IInboxIdentityResolver InboxIdentities => field ??= server.Services.GetRequiredService<IInboxIdentityResolver>();

    public void Dispose() => WorkQueues.Unattended.Dispose();
}
