using Stork.Wire;

namespace Stork.SocketIO.Events;

/// <summary>Arguments of a received event, sent on as they are.</summary>
internal readonly struct ReceivedArguments(EventArguments arguments) : IEventArguments
{
    public void WriteTo(PacketBuilder packet, ArgumentSerializer serializer) => arguments.WriteTo(packet);
}
