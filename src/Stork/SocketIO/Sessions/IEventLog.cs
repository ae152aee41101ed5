using Stork.Wire;

namespace Stork.SocketIO.Sessions;

/// <summary>Keeps the events of one open socket for its client to ask for again; each carries its offset as one more argument.</summary>
internal interface IEventLog
{
    /// <summary>Sends an event without acknowledgement, now or when the client is back.</summary>
    ValueTask Emit(PacketBuilder packet, PacketFlags flags);

    /// <summary>
    /// Sends an event without acknowledgement that is not to be asked for again. A client takes a string that comes last for an offset,
    /// so an event that ends with one carries that of the event before it.
    /// </summary>
    ValueTask EmitUnkept(PacketBuilder packet, PacketFlags flags);
}
