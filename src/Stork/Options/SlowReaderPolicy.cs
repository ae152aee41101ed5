namespace Stork;

/// <summary>What happens to a connection whose client reads more slowly than the server writes, once its output buffer is full
/// (<see cref="SocketIOOptions.MaxOutputBufferSize"/>). Whatever is chosen, no other connection waits for the slow one.</summary>
public enum SlowReaderPolicy
{
    /// <summary>
    /// The connection is closed (reason "transport error"); the client reconnects by itself. The default: nothing is lost silently.
    /// </summary>
    Disconnect,

    /// <summary>The new event is dropped. Acknowledgements and protocol packets are never dropped.</summary>
    DropNewest,

    /// <summary>
    /// The oldest buffered events are dropped to make room for the new one. Acknowledgements and protocol packets are never dropped.
    /// </summary>
    DropOldest,

    /// <summary>
    /// An awaited <c>EmitAsync</c> to one socket completes only when the buffer has room again. Callers that do not await, and broadcasts,
    /// cannot be slowed down: past twice the limit the connection is closed as with <see cref="Disconnect"/>.
    /// </summary>
    Wait,
}
