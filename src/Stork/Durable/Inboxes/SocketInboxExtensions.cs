using Stork.Durable;
using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Queues;

namespace Stork;

/// <summary>The inboxes that a socket takes messages from.</summary>
public static class SocketInboxExtensions
{
    extension(Socket socket)
    {
        /// <summary>
        /// Gives the client an inbox, besides the one of its identity: what waits in it and what comes is sent as ordinary events, in
        /// order, until the client acknowledges them. In middlewares and connection handlers it begins once those are done. Ends with the
        /// socket. A second call for an inbox that the client has changes nothing.
        /// </summary>
        /// <param name="identity">The inbox's name. The caller vouches that the client may have it.</param>
        /// <param name="options">How to take the messages. Null: <see cref="SocketIOOptions.Inbox"/>.</param>
        /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set, or the socket has 64 inboxes
        /// and queues.</exception>
        /// <exception cref="ArgumentException">The options break a rule.</exception>
        /// <exception cref="QueueException">The inbox cannot be had: it knows 64 devices already, has too many consumers, or the store is
        /// closed or failed. Before the connection handlers are done that is only logged (event 41).</exception>
        public Task SubscribeInboxAsync(string identity, InboxOptions? options = null, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(socket);
            ArgumentException.ThrowIfNullOrEmpty(identity);
            _ = socket.Server.RequireStore();
            options ??= socket.Server.Storage.Inbox;
            InboxOptions.CheckDevice(options.Device);
            if (options.FindFault() is { } fault) throw new ArgumentException(fault + ".", nameof(options));
            return socket.RequireConsumers().SubscribeAsync(new InboxSource(identity, options)).WaitAsync(cancellationToken);
        }

        /// <summary>Takes an inbox away from the client; what it has not acknowledged goes back, uncounted.</summary>
        /// <param name="identity">The inbox's name.</param>
        /// <param name="cancellationToken">Ends the wait; what is asked for is done all the same.</param>
        public Task UnsubscribeInboxAsync(string identity, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(socket);
            var ending = socket.Feature<SocketConsumers>()?.UnsubscribeAsync(QueueKind.Inbox, identity) ?? Task.CompletedTask;
            return ending.WaitAsync(cancellationToken);
        }

        /// <summary>Of a server with a store.</summary>
        internal SocketConsumers RequireConsumers() =>
            socket.Feature<SocketConsumers>() ?? throw new InvalidOperationException("Nothing can be stored for this socket.");
    }
}
