using System.Diagnostics;

namespace Stork.Wire;

/// <summary>What may happen to a packet on its way out.</summary>
[Flags]
internal enum PacketFlags : byte
{
    None = 0,

    /// <summary>An application event: a full buffer may drop it if the policy says so. Everything else must arrive.</summary>
    Droppable = 1,

    /// <summary>Sent only if the transport can take it now.</summary>
    Volatile = 2,

    /// <summary>The application asked for this packet not to be compressed, on either transport.</summary>
    NoCompression = 4,
}

/// <summary>
/// A packet encoded once, to be written to any number of connections: its text or binary frame and the frames of its attachments.
/// </summary>
[DebuggerDisplay("{Length} B, {Attachments.Length} attachments, {Flags}")]
internal sealed class EncodedPacket
{
    public static readonly EncodedPacket Noop = new(EncodedFrame.Text(EnginePacketType.Noop, default));
    public static readonly EncodedPacket Close = new(EncodedFrame.Text(EnginePacketType.Close, default));
    public static readonly EncodedPacket Ping = new(EncodedFrame.Text(EnginePacketType.Ping, default));
    public static readonly EncodedPacket ProbePong = new(EncodedFrame.Text(EnginePacketType.Pong, "probe"u8));

    public EncodedPacket(EncodedFrame first, EncodedFrame[]? attachments = null, PacketFlags flags = PacketFlags.None)
    {
        First = first;
        Attachments = attachments ?? [];
        Flags = flags;
        Length = first.Length;
        foreach (var attachment in Attachments) Length += attachment.Length;
    }

    public EncodedFrame First { get; }
    public EncodedFrame[] Attachments { get; }
    public PacketFlags Flags { get; }

    /// <summary>Whether this is a packet of Socket.IO in the text format, and nothing of Engine.IO's own.</summary>
    public bool IsText => !First.IsBinary && First.Payload is [(byte)'0' + (byte)EnginePacketType.Message, ..];

    /// <summary>The same event for sockets that cannot be recovered; null if this one is for all.</summary>
    public EncodedPacket? WithoutOffset { get; set; }

    /// <summary>Bytes over all frames; what a buffer limit counts.</summary>
    public int Length { get; }
}
