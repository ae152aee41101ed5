namespace Stork.SocketIO.Sessions;

/// <summary>A namespace whose sessions and events its adapter keeps for all servers.</summary>
internal interface ISharedSessions : INamespaceSessions
{
    /// <summary>Delivers an event that the bus has brought, to the sockets of this server.</summary>
    /// <param name="event">A JSON array of its name and its arguments.</param>
    /// <param name="options">Which sockets.</param>
    /// <param name="offset">Its place in the order of all events; null if the bus does not keep it.</param>
    /// <exception cref="FormatException">Clients could not take it.</exception>
    void Deliver(JsonPayload @event, BroadcastOptions options, EventOffset? offset);

    /// <summary>All events of the bus up to an offset were delivered here, whatever namespaces they were for.</summary>
    void Advance(EventOffset offset);
}
