using System.Buffers.Text;
using Stork.Wire;

namespace Stork;

/// <summary>An event on its way to many sockets, encoded once.</summary>
public sealed class BroadcastPacket
{
    private JsonPayload? _event;

    internal BroadcastPacket(EncodedPacket encoded) => Encoded = encoded;

    /// <summary>The id that acknowledgements of it bear, the same for all sockets; -1 if it asks for none.</summary>
    public long AckId => Utf8Parser.TryParse(Text.Span[FindAckId()..], out long id, out _) ? id : -1;

    /// <summary>The Socket.IO packet as clients get it, without its Engine.IO type. Not copied: nobody may change it.</summary>
    public ReadOnlyMemory<byte> Text => Encoded.First.PayloadMemory[1..];

    /// <summary>The event as it travels to other servers: a JSON array of its name and its arguments, with the attachments. Not
    /// copied.</summary>
    /// <remarks>Where clients can recover their sessions, it ends with an offset that means something to this server only, unless the
    /// adapter derives from <see cref="ClusterAdapter"/>, whose messages never bear one.</remarks>
    public JsonPayload Event =>
        _event ??= new JsonPayload(Text[FindJson()..], [.. Encoded.Attachments.Select(static attachment => attachment.PayloadMemory)]);

    internal EncodedPacket Encoded { get; }

    /// <summary>An event that came from another server. What it carries is copied into the packet, and never serialized again.</summary>
    /// <param name="nsp">The namespace it is for.</param>
    /// <param name="event">A JSON array of its name and its arguments.</param>
    /// <param name="options">Its flags count here; who gets it is said where the packet is sent.</param>
    /// <param name="withAck">Whether it asks for acknowledgements; <see cref="AckId"/> is this server's own.</param>
    /// <exception cref="FormatException">Clients could not take it: no well-formed array that begins with a name, a reserved name, too
    /// deep, or attachments that do not fit.</exception>
    public static BroadcastPacket FromWire(Namespace nsp, JsonPayload @event, BroadcastOptions options, bool withAck = false)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        ArgumentNullException.ThrowIfNull(@event);
        ArgumentNullException.ThrowIfNull(options);
        var builder = nsp.Rebuild(@event);
        try
        {
            return Finish(nsp, builder, options, withAck);
        }
        finally
        {
            builder.Release();
        }
    }

    /// <summary>An event with arguments of this server, as <c>EmitAsync</c> makes it.</summary>
    /// <param name="nsp">The namespace it is for.</param>
    /// <param name="options">Its flags count here; who gets it is said where the packet is sent.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <exception cref="ArgumentException">The name is reserved, or clients could not take it.</exception>
    public static BroadcastPacket Create(Namespace nsp, BroadcastOptions options, string name, params object?[] arguments)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        ArgumentNullException.ThrowIfNull(options);
        Emitter.CheckName(name);
        var builder = Emitter.BuildArray(nsp.Server.Serializer, nsp.MaxNameLength, name, new ArgumentList(arguments));
        try
        {
            return Finish(nsp, builder, options, withAck: false);
        }
        finally
        {
            builder.Release();
        }
    }

    private static BroadcastPacket Finish(Namespace nsp, PacketBuilder builder, BroadcastOptions options, bool withAck)
    {
        builder.Finish(PacketType.Event, nsp.Utf8Name, withAck ? nsp.Server.NextAckId() : -1);
        return new BroadcastPacket(builder.ToPacket(Namespace.Flags(options)));
    }

    private int FindJson()
    {
        var at = FindAckId();
        return at + Text.Span[at..].IndexOf((byte)'[');
    }

    /// <summary>Behind type, number of attachments, and namespace, which may have brackets of its own.</summary>
    private int FindAckId()
    {
        var text = Text.Span;
        var at = Encoded.Attachments.Length > 0 ? text.IndexOf((byte)'-') + 1 : 1;
        return text[at] == '/' ? at + text[at..].IndexOf((byte)',') + 1 : at;
    }
}
