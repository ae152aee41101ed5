using Stork.Durable;

namespace Stork;

/// <summary>The work queues of a server, and what clients of its main namespace may do with them.</summary>
public static class ServerQueueExtensions
{
    extension(SocketIOServer server)
    {
        /// <summary>A queue of jobs, each processed by one consumer: server code or a socket.</summary>
        /// <typeparam name="T">The jobs.</typeparam>
        /// <param name="name">The queue's name, 1 to 256 bytes.</param>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
        public WorkQueue<T> Queue<T>(string name)
            where T : notnull
        {
            ArgumentNullException.ThrowIfNull(server);
            return server.WorkQueues.Open<T>(name);
        }

        /// <inheritdoc cref="NamespaceQueueExtensions.extension(Namespace).MapQueue(string)"/>
        public QueueMapping MapQueue(string queue)
        {
            ArgumentNullException.ThrowIfNull(server);
            return server.MainNamespace.MapQueue(queue);
        }
    }
}
