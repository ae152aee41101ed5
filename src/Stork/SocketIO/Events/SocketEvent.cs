using System.Text;
using Stork.SocketIO.Events;
using Stork.Wire;

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
    public string Name { get; private set; }

    /// <summary>The arguments without name and acknowledgement.</summary>
    public EventArguments Arguments { get; private set; }

    /// <summary>Whether <see cref="Rewrite"/> has made it another one than was received.</summary>
    internal bool IsRewritten { get; private set; }

    /// <summary>Answers the client, if it asked for an acknowledgement; otherwise null. The first answer counts.</summary>
    public Acknowledgement? Acknowledgement { get; }

    /// <summary>For middlewares of a socket (<see cref="Socket.Use"/>): makes it another event, for the middlewares and handlers that
    /// follow. Who waits for an acknowledgement still does.</summary>
    /// <param name="name">The event's name; <see cref="Name"/> to keep it.</param>
    /// <param name="arguments">All arguments, as they would be emitted.</param>
    /// <exception cref="ArgumentException">The name is reserved, or clients could not be sent such an event.</exception>
    public void Rewrite(string name, params object?[] arguments)
    {
        Emitter.CheckName(name);
        var serializer = Socket.Server.Serializer;
        var packet = Emitter.BuildArray(serializer, namespaceLength: 0, name, new ArgumentList(arguments));
        try
        {
            var payload = JsonPayload.From(packet);
            Arguments = new EventArguments(payload.Json, skipped: 1, payload.CopyAttachments(), serializer);
        }
        finally
        {
            packet.Release();
        }

        Name = name;
        IsRewritten = true;
    }

    /// <summary>The event as if it had been received so.</summary>
    /// <param name="received">What was received.</param>
    internal Packet ToPacket(in Packet received) => new(
        received.Type, received.Namespace, received.AckId, Arguments.Json, Encoding.UTF8.GetBytes(Name), Arguments.AttachmentArray);
}
