using Stork.Protocol.SocketIO;

namespace Stork.Protocol;

/// <summary>
/// One Socket.IO packet as <see cref="PacketDecoder"/> hands it out. Without attachments its memories are slices of the text that was
/// decoded; with attachments they belong to the packet.
/// </summary>
public readonly struct Packet
{
    /// <summary>The largest acknowledgement id an event may carry: 2^53 - 1, where the numbers of JavaScript stop to be exact.</summary>
    public const long MaxAckId = (1L << 53) - 1;

    private readonly ReadOnlyMemory<byte>[]? _attachments;

    internal Packet(
        PacketType type,
        ReadOnlyMemory<byte> nsp,
        long ackId,
        ReadOnlyMemory<byte> payload,
        ReadOnlyMemory<byte> eventName,
        ReadOnlyMemory<byte>[]? attachments)
    {
        Type = type;
        Namespace = nsp;
        AckId = ackId;
        Payload = payload;
        EventName = eventName;
        _attachments = attachments;
    }

    /// <summary>
    /// Makes a packet of its parts, for formats other than text. What <see cref="PacketDecoder"/> checks in a text is checked here, too.
    /// </summary>
    /// <param name="type">What the packet would be without attachments: one of the types up to
    /// <see cref="PacketType.ConnectError"/>.</param>
    /// <param name="nsp">The namespace in UTF-8; it starts with a slash and contains no comma, as no text could name it.</param>
    /// <param name="ackId">The acknowledgement id; -1 without one.</param>
    /// <param name="payload">The JSON in UTF-8 as <see cref="Payload"/> tells; empty when there is none.</param>
    /// <param name="attachments">Binary values, in the order of the placeholders' numbers; null for none. Only events and acknowledgements
    /// have some.</param>
    /// <param name="limits">What the packet must stay within.</param>
    /// <returns>The packet; nothing is copied.</returns>
    /// <exception cref="ProtocolException">It is no valid packet, or exceeds a limit.</exception>
    public static Packet Create(
        PacketType type,
        ReadOnlyMemory<byte> nsp,
        long ackId,
        ReadOnlyMemory<byte> payload,
        ReadOnlyMemory<byte>[]? attachments,
        ProtocolLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return PacketText.Check(type, nsp, ackId, payload, attachments ?? [], limits);
    }

    /// <summary>The type as it was on the wire.</summary>
    public PacketType Type { get; }

    /// <summary>Whether this is an event, with attachments or without.</summary>
    public bool IsEvent => Type is PacketType.Event or PacketType.BinaryEvent;

    /// <summary>Whether this is an acknowledgement, with attachments or without.</summary>
    public bool IsAck => Type is PacketType.Ack or PacketType.BinaryAck;

    /// <summary>
    /// The namespace in UTF-8, as it was on the wire; <c>/</c> when it was left out. A query (<c>/x?a=b</c>) stays part of the name, as in
    /// the original: its server cuts it for clients of Engine.IO v3 only, and clients of v4 send none.
    /// </summary>
    public ReadOnlyMemory<byte> Namespace { get; }

    /// <summary>
    /// The acknowledgement id, or -1 without one. At most <see cref="MaxAckId"/>; only in an acknowledgement it may be larger, and is
    /// <see cref="long.MaxValue"/> where a <see cref="long"/> can not hold it.
    /// </summary>
    public long AckId { get; }

    /// <summary>
    /// The JSON as it was received, checked to the last byte, without white space around it: an array for events and acknowledgements, an
    /// object for <see cref="PacketType.Connect"/>, an object or a string for <see cref="PacketType.ConnectError"/>. Empty when there was
    /// none.
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>
    /// For an event its name in UTF-8, free of JSON escapes (a lone surrogate becomes U+FFFD); when it is a number, its characters as they
    /// were written. Never one of the <see cref="ReservedEvents"/>, but may be empty: <c>[""]</c> is a valid event. Empty for everything
    /// else.
    /// </summary>
    public ReadOnlyMemory<byte> EventName { get; }

    /// <summary>
    /// The attachments in order of arrival; empty without any. In <see cref="Payload"/> an object with <c>"_placeholder":true</c> stands
    /// for the one with index <c>num</c>, which is checked to exist; where a key is repeated, the last one counts.
    /// </summary>
    public ReadOnlyMemory<byte>[] Attachments => _attachments ?? [];
}
