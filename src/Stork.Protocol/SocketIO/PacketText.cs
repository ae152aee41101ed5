namespace Stork.Protocol.SocketIO;

/// <summary>
/// Reads the text of a Socket.IO packet: <c>&lt;type&gt;[&lt;attachments&gt;-][&lt;namespace&gt;,][&lt;acknowledgement id&gt;][JSON]</c>.
/// The namespace starts with a slash and runs to the first comma, or to the end.
/// </summary>
internal static class PacketText
{
    private const long LargestBeforeLastDigit = (long.MaxValue - 9) / 10;

    private static readonly ReadOnlyMemory<byte> MainNamespace = "/"u8.ToArray();

    /// <summary>Reads a packet.</summary>
    /// <param name="text">The text; its length has been checked.</param>
    /// <param name="limits">What it must stay within.</param>
    /// <returns>The packet, with an array for its attachments when it announces any.</returns>
    public static Packet Read(ReadOnlyMemory<byte> text, ProtocolLimits limits)
    {
        var span = text.Span;
        var type = ReadType(span);
        var position = 1;
        var attachments = type >= PacketType.BinaryEvent ? ReadAttachments(span, ref position, limits.MaxAttachments) : 0;
        var nsp = ReadNamespace(text, ref position, limits.MaxNamespaceLength);
        var ackId = ReadAckId(span, ref position, type);
        var payload = span[position..].TrimEnd(" \t\r\n"u8);
        var json = text.Slice(position, payload.Length);
        var eventName = CheckPayload(type, json, attachments, limits);
        var room = attachments > 0 ? new ReadOnlyMemory<byte>[attachments] : null;
        return new Packet(type, nsp, ackId, json, eventName, room);
    }

    /// <summary>Reads a text that this process wrote, whose payload need not be looked into.</summary>
    /// <param name="text">The text.</param>
    /// <param name="attachments">The attachments that go with it.</param>
    /// <returns>The packet, without the name of an event.</returns>
    public static Packet ReadOwn(ReadOnlyMemory<byte> text, ReadOnlyMemory<byte>[] attachments)
    {
        var type = ReadType(text.Span);
        var position = 1;
        if (type >= PacketType.BinaryEvent) ReadAttachments(text.Span, ref position, int.MaxValue);
        var nsp = ReadNamespace(text, ref position, int.MaxValue);
        var ackId = ReadNumber(text.Span, ref position);
        return new Packet(type, nsp, ackId, text[position..], eventName: default, attachments);
    }

    /// <summary>Checks what came in another format than text.</summary>
    public static Packet Check(
        PacketType type,
        ReadOnlyMemory<byte> nsp,
        long ackId,
        ReadOnlyMemory<byte> payload,
        ReadOnlyMemory<byte>[] attachments,
        ProtocolLimits limits)
    {
        if (type > PacketType.ConnectError) ProtocolException.Throw(ProtocolError.UnknownPacketType);
        if (attachments.Length > limits.MaxAttachments) ProtocolException.Throw(ProtocolError.TooManyAttachments);
        if (attachments.Length > 0) type = ToBinary(type);
        if (nsp.Length > limits.MaxNamespaceLength) ProtocolException.Throw(ProtocolError.NamespaceTooLong);
        if (nsp.IsEmpty || nsp.Span[0] != '/' || nsp.Span.Contains((byte)',')) ProtocolException.Throw(ProtocolError.InvalidPayload);
        if (ackId < -1 || (ackId > Packet.MaxAckId && type is not (PacketType.Ack or PacketType.BinaryAck)))
            ProtocolException.Throw(ProtocolError.InvalidAckId);
        var eventName = CheckPayload(type, payload, attachments.Length, limits);
        return new Packet(type, nsp, ackId, payload, eventName, attachments.Length > 0 ? attachments : null);
    }

    private static PacketType ToBinary(PacketType type)
    {
        if (type is not (PacketType.Event or PacketType.Ack)) ProtocolException.Throw(ProtocolError.IllegalAttachment);
        return type == PacketType.Event ? PacketType.BinaryEvent : PacketType.BinaryAck;
    }

    // Returns the name of an event.
    private static ReadOnlyMemory<byte> CheckPayload(PacketType type, ReadOnlyMemory<byte> payload, int attachments, ProtocolLimits limits)
    {
        CheckShape(type, payload.Span);
        if (payload.IsEmpty) return default;
        var isEvent = type is PacketType.Event or PacketType.BinaryEvent;
        var name = PayloadScan.Run(payload.Span, isEvent, attachments, limits);
        return isEvent ? ReadEventName(payload.Slice(name.Start, name.Length), name.IsEscaped) : default;
    }

    private static PacketType ReadType(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            ProtocolException.Throw(ProtocolError.EmptyPacket);
        var type = (uint)(text[0] - '0');
        if (type > (uint)PacketType.BinaryAck)
            ProtocolException.Throw(ProtocolError.UnknownPacketType);
        return (PacketType)type;
    }

    private static int ReadAttachments(ReadOnlySpan<byte> text, ref int position, int most)
    {
        var count = ReadNumber(text, ref position);
        if (count < 1 || position == text.Length || text[position] != '-')
            ProtocolException.Throw(ProtocolError.IllegalAttachment);
        if (count > most)
            ProtocolException.Throw(ProtocolError.TooManyAttachments);
        position++;
        return (int)count;
    }

    private static ReadOnlyMemory<byte> ReadNamespace(ReadOnlyMemory<byte> text, ref int position, int maxLength)
    {
        if (position == text.Length || text.Span[position] != '/')
            return MainNamespace;

        var rest = text[position..];
        var length = rest.Span.IndexOf((byte)',');
        var hasComma = length >= 0;
        if (!hasComma)
            length = rest.Length;
        if (length > maxLength)
            ProtocolException.Throw(ProtocolError.NamespaceTooLong);
        position += hasComma ? length + 1 : length;
        return rest[..length];
    }

    private static long ReadAckId(ReadOnlySpan<byte> text, ref int position, PacketType type)
    {
        var id = ReadNumber(text, ref position);
        if (id > Packet.MaxAckId && type is not (PacketType.Ack or PacketType.BinaryAck))
            ProtocolException.Throw(ProtocolError.InvalidAckId);
        return id;
    }

    // Digits only. -1 without any; what a long can not hold becomes its largest value.
    private static long ReadNumber(ReadOnlySpan<byte> text, ref int position)
    {
        var value = -1L;
        while (position < text.Length && char.IsAsciiDigit((char)text[position]))
        {
            var digit = text[position++] - '0';
            if (value < 0)
                value = digit;
            else
                value = value <= LargestBeforeLastDigit ? (value * 10) + digit : long.MaxValue;
        }

        return value;
    }

    // The first byte decides between array, object and string; whether the rest is sound is the business of the scan.
    private static void CheckShape(PacketType type, ReadOnlySpan<byte> payload)
    {
        var first = payload.IsEmpty ? '\0' : (char)payload[0];
        var fits = type switch
        {
            PacketType.Connect => payload.IsEmpty || first == '{',
            PacketType.Disconnect => payload.IsEmpty,
            PacketType.ConnectError => payload.IsEmpty || first is '{' or '"',
            _ => first == '[',
        };
        if (!fits)
            ProtocolException.Throw(ProtocolError.InvalidPayload);
    }

    private static ReadOnlyMemory<byte> ReadEventName(ReadOnlyMemory<byte> raw, bool isEscaped)
    {
        var name = raw;
        if (isEscaped)
        {
            var plain = new byte[raw.Length];
            name = plain.AsMemory(0, JsonText.Unescape(raw.Span, plain));
        }

        if (ReservedEvents.Contains(name.Span))
            ProtocolException.Throw(ProtocolError.ReservedEvent);
        return name;
    }
}
