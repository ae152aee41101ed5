using Stork.Durable.Idempotency;

namespace Stork;

/// <summary>Events of a namespace that are handled once, however often they come.</summary>
public static class NamespaceIdempotencyExtensions
{
    extension(Namespace nsp)
    {
        /// <summary>
        /// Has every event of this name handled once, however often its client sends it: a repeat, known by an id in the arguments, gets
        /// the first one's answer, also after the server was killed and started again. For clients with <c>retries</c>. Handlers are
        /// registered as ever.
        /// </summary>
        /// <param name="name">The event's name.</param>
        /// <param name="id">Picks the id, the same in every repeat. It counts per sender where the sender has an identity
        /// (<see cref="IInboxIdentityResolver"/>); otherwise it must be unique among all, and nobody should be able to guess it. An event
        /// without an id is answered with the code <c>invalid_arguments</c>.</param>
        /// <remarks>
        /// The answer is stored once the handlers have returned; a handler that takes the <see cref="Acknowledgement"/> answers before it
        /// returns. A handler that throws has not handled the event: nothing is remembered and nothing answered, so that the client tries
        /// again, except for an <see cref="AcknowledgementException"/>, which is answered. While the store would refuse the answer, no
        /// handler runs. A server that dies while a handler runs, or before its answer is on disk, runs the handler again when the client
        /// repeats the event. Answers are kept for 24 h, of each event the newest million and 1 GiB.
        /// </remarks>
        /// <exception cref="InvalidOperationException"><see cref="SocketIOOptions.DataDirectory"/> is not set.</exception>
        public Namespace HandleOnce(string name, Func<SocketEvent, string?> id)
        {
            ArgumentNullException.ThrowIfNull(nsp);
            ArgumentException.ThrowIfNullOrEmpty(name);
            ArgumentNullException.ThrowIfNull(id);
            var server = nsp.Server;
            nsp.Intercept(new OnceEvent(server, server.EventNames.Get(name), id, OnceEvent.QueueOf(server.RequireStore(), nsp, name)));
            return nsp;
        }
    }
}
