using Stork.Queues;

namespace Stork;

/// <summary>Stores messages of several kinds together.</summary>
public static class ServerStoreExtensions
{
    extension(SocketIOServer server)
    {
        /// <summary>
        /// Stores events for inboxes and jobs for queues together: all of them or none, whatever happens, with one sync. So a change and
        /// the news of it cannot part ways.
        /// </summary>
        /// <param name="messages">Made by <see cref="Inbox.Prepare{T}"/> and <see cref="WorkQueue{T}.Prepare"/>; at most 10,000. They need
        /// not go to different places, and keep their order.</param>
        /// <param name="cancellationToken">Gives up while the store is too busy to take them; afterwards it has no effect.</param>
        /// <returns>The receipts, in the same order, once all is as durable as the store promises. One whose <c>DedupId</c> was known is
        /// not stored again, and says so.</returns>
        /// <exception cref="QueueException">Nothing was stored, because one of them was refused; or, in a store of several shards, because
        /// they do not all belong to the same. With <see cref="QueueErrorCode.StoreFailed"/> it is unknown.</exception>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
        public async Task<IReadOnlyList<EnqueueReceipt>> StoreAsync(
            IReadOnlyList<PreparedMessage> messages, CancellationToken cancellationToken)
        {
            ArgumentNullException.ThrowIfNull(server);
            ArgumentNullException.ThrowIfNull(messages);
            var batch = server.RequireStore().CreateBatch();
            foreach (var message in messages) batch.Enqueue(message.Queue, message.Message);
            return await batch.CommitAsync(cancellationToken);
        }

        /// <inheritdoc cref="extension(SocketIOServer).StoreAsync(IReadOnlyList{PreparedMessage}, CancellationToken)"/>
        public Task<IReadOnlyList<EnqueueReceipt>> StoreAsync(params IReadOnlyList<PreparedMessage> messages) =>
            server.StoreAsync(messages, CancellationToken.None);
    }
}
