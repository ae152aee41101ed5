using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Durable.Storage;
using Stork.Durable.WorkQueues;

namespace Stork.Durable;

internal static class DurableServerExtensions
{
    extension(SocketIOServer server)
    {
        public StorageOptions Storage => server.Durable.Storage;

        public WorkQueueHost WorkQueues => server.Durable.WorkQueues;

        public InboxUse InboxUse => server.Durable.InboxUse;

        public DeliveryRounds DeliveryRounds => server.Durable.DeliveryRounds;

        public IInboxIdentityResolver InboxIdentities => server.Durable.InboxIdentities;

        private DurableServer Durable => server.Features.Find<DurableServer>()!;
    }
}
