using System.Buffers;

namespace Stork;

/// <summary>
/// The format of packets on the wire, for clients that have another than the one of the protocol (<c>parser</c> of the official client and
/// server). Each packet is one message of Engine.IO.
/// </summary>
/// <remarks>
/// One serves all connections and is called from many threads at a time; it keeps no state of a connection. Everything but the wire has
/// packets in the format of the protocol, JSON with attachments: events are converted when they leave, a broadcast once for all its
/// receivers, and when they come.
/// </remarks>
public abstract class PacketParser
{
    /// <summary>Whether messages are binary: as such they are sent, and a text message ends the connection. Otherwise the other way
    /// round, and text is UTF-8.</summary>
    public abstract bool IsBinary { get; }

    /// <summary>Which of the client's scripts is made with this format, and is to be served besides the others:
    /// <c>socket.io.msgpack.min.js</c> or, by default, null.</summary>
    public virtual string? ClientScript => null;

    /// <summary>Writes a packet of the server.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="packet">The packet; its <see cref="Packet.EventName"/> is empty. What it consists of is of use until the call
    /// returns.</param>
    public abstract void Write(IBufferWriter<byte> output, in Packet packet);

    /// <summary>Reads a packet of a client, in whatever it has sent.</summary>
    /// <param name="message">The message, no longer than <see cref="ProtocolLimits.MaxPacketSize"/>. It is valid until the call
    /// returns.</param>
    /// <param name="limits">What the packet must stay within.</param>
    /// <returns>The packet, as <see cref="Packet.Create"/> makes it. Each of its attachments is best an array of its own, which handlers
    /// get without a copy.</returns>
    /// <exception cref="ProtocolException">It is none; the connection is closed.</exception>
    public abstract Packet Read(ReadOnlyMemory<byte> message, ProtocolLimits limits);
}
