namespace Stork.SocketIO.Events;

/// <summary>Stands between the events of one name and their handlers, for all sockets of a namespace that have such handlers.</summary>
internal interface IEventInterceptor
{
    EventName Name { get; }

    /// <summary>Handles the event in its order: with its handlers, or without. Never throws, as the socket's next event would wait for
    /// ever.</summary>
    /// <param name="socket">Where it came from.</param>
    /// <param name="packet">The event; it shares no buffer with others.</param>
    ValueTask HandleAsync(Socket socket, Packet packet);
}
