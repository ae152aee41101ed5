using Stork.Durable.WorkQueues;

namespace Stork;

/// <summary>What clients of a namespace may do with work queues.</summary>
public static class NamespaceQueueExtensions
{
    extension(Namespace nsp)
    {
        /// <summary>
        /// Says what clients of this namespace may do with a work queue:
        /// <c>io.MapQueue("orders").FromEvent("orders").AllowProducers("customers")</c>. Until then, and for everybody it does not name,
        /// nothing. Called while the application is set up; it has effect on sockets that connect afterwards.
        /// </summary>
        /// <param name="queue">The queue's name, 1 to 256 bytes.</param>
        /// <returns>The mapping; the same for the same queue.</returns>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
        public QueueMapping MapQueue(string queue)
        {
            ArgumentNullException.ThrowIfNull(nsp);
            return nsp.Features.GetOrAdd(nsp, static owner => new QueueEvents(owner)).Map(queue);
        }
    }
}
