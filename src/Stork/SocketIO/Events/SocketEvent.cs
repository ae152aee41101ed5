using Stork.SocketIO.Events;

namespace Stork;

/// <summary>An event as it came in or goes out, for catch-all listeners, per-socket middlewares and handlers that want the raw
/// arguments.</summary>
public sealed class SocketEvent
{
    internal SocketEvent(Socket socket, string name, EventArguments arguments, Acknowledgement? acknowledgement)
    {
        Socket = socket;
        Name = name;
        Arguments = arguments;
        Acknowledgement = acknowledgement;
    }

    /// <summary>A received event, which may be kept.</summary>
    internal static SocketEvent Copy(Socket socket, in Packet packet, Acknowledgement acknowledgement)
    {
        var name = EventName.Table.GetText(packet.EventName.Span, socket.Listeners.Handlers);
        var arguments = EventArguments.Copy(packet, socket.Server.Serializer);
        return new SocketEvent(socket, name, arguments, acknowledgement.IsRequested ? acknowledgement : null);
    }

    /// <summary>The socket the event came from, or goes to.</summary>
    public Socket Socket { get; }

    /// <summary>The event's name.</summary>
    public string Name { get; }

    /// <summary>The arguments without name and acknowledgement.</summary>
    public EventArguments Arguments { get; }

    /// <summary>Answers the client, if it asked for an acknowledgement; otherwise null. The first answer counts.</summary>
    public Acknowledgement? Acknowledgement { get; }
}
