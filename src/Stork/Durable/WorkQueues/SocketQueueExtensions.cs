using Stork.Durable;
using Stork.Durable.Consumers;
using Stork.Durable.WorkQueues;
using Stork.Queues;

namespace Stork;

/// <summary>The work queues that a socket takes jobs from.</summary>
public static class SocketQueueExtensions
{
    extension(Socket socket)
    {
        /// <summary>
        /// Makes the client a worker: it is sent jobs of the queue as ordinary events, one by one, and settles each with its
        /// acknowledgement; see <see cref="AckStyle.Value"/> for what it can say. Of several workers the least busy gets a job. In
        /// middlewares and connection handlers it begins once those are done. Ends with the socket: then what the client has not
        /// acknowledged waits for its return (<see cref="QueueOptions.DisconnectGrace"/>), and goes to others. A second call for a queue
        /// that the client takes jobs of changes nothing.
        /// </summary>
        /// <param name="queue">The queue's name. The caller vouches that the client may have its jobs.</param>
        /// <param name="maxInFlight">Jobs it may have at once, 1 to 2,000.</param>
        /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set, or the socket has 64 inboxes
        /// and queues.</exception>
        /// <exception cref="QueueException">The queue has too many consumers, or the store is closed or failed. Before the connection
        /// handlers are done that is only logged (event 41).</exception>
        public Task ConsumeAsync(string queue, int maxInFlight = 1, CancellationToken cancellationToken = default) =>
            socket.ConsumeAsync(queue, new SocketConsumerOptions { MaxInFlight = maxInFlight }, cancellationToken);

        /// <summary>As the other <c>ConsumeAsync</c>, with more to say about how the client takes jobs.</summary>
        /// <param name="queue">The queue's name. The caller vouches that the client may have its jobs.</param>
        /// <param name="options">How it takes them.</param>
        /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
        /// <exception cref="ArgumentException">The options break a rule, or jobs would come as an event whose name is reserved.</exception>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set, or the socket has 64 inboxes
        /// and queues.</exception>
        /// <exception cref="QueueException">The queue has too many consumers, or the store is closed or failed. Before the connection
        /// handlers are done that is only logged (event 41).</exception>
        public Task ConsumeAsync(string queue, SocketConsumerOptions options, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(socket);
            ArgumentException.ThrowIfNullOrEmpty(queue);
            ArgumentNullException.ThrowIfNull(options);
            _ = socket.Server.RequireStore().Queue(queue);
            options.Validate(queue);
            socket.Server.WorkQueues.AddSocketQueue(queue);
            return socket.RequireConsumers().SubscribeAsync(new QueueSource(queue, options)).WaitAsync(cancellationToken);
        }

        /// <summary>The client gets no more jobs of a queue; those it has not acknowledged go to others, uncounted.</summary>
        /// <param name="queue">The queue's name.</param>
        /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
        public Task StopConsumingAsync(string queue, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(socket);
            var ending = socket.Feature<SocketConsumers>()?.UnsubscribeAsync(QueueKind.Work, queue) ?? Task.CompletedTask;
            return ending.WaitAsync(cancellationToken);
        }
    }
}
