namespace Stork.Protocol;

/// <summary>What a peer did wrong. The numbers are stable: they may be logged and counted.</summary>
public enum ProtocolError
{
    /// <summary>No error. Never carried by a <see cref="ProtocolException"/> of this package.</summary>
    None = 0,

    /// <summary>A packet without a single byte: an empty frame, an empty polling body, or two separators in a row.</summary>
    EmptyPacket = 1,

    /// <summary>The first byte names no packet type of the protocol.</summary>
    UnknownPacketType = 2,

    /// <summary>The payload is missing, is not JSON, or is not of the shape its packet type asks for.</summary>
    InvalidPayload = 3,

    /// <summary>The acknowledgement id of something other than an acknowledgement is above <see cref="Packet.MaxAckId"/>.</summary>
    InvalidAckId = 4,

    /// <summary>An event bears one of the <see cref="ReservedEvents"/>.</summary>
    ReservedEvent = 5,

    /// <summary>More attachments announced than <see cref="ProtocolLimits.MaxAttachments"/>.</summary>
    TooManyAttachments = 6,

    /// <summary>The number of attachments is missing, malformed or zero, or a placeholder points outside the attachments.</summary>
    IllegalAttachment = 7,

    /// <summary>A binary message while no packet was waiting for attachments.</summary>
    UnexpectedBinary = 8,

    /// <summary>A text message while the attachments of an earlier packet were still due.</summary>
    UnexpectedText = 9,

    /// <summary>More bytes than <see cref="ProtocolLimits.MaxPacketSize"/>, attachments included.</summary>
    TooLarge = 10,

    /// <summary>JSON nested deeper than <see cref="ProtocolLimits.MaxJsonDepth"/>.</summary>
    TooDeep = 11,

    /// <summary>A namespace longer than <see cref="ProtocolLimits.MaxNamespaceLength"/>.</summary>
    NamespaceTooLong = 12,

    /// <summary>A polling body that is not UTF-8.</summary>
    InvalidUtf8 = 13,

    /// <summary>A binary message in base64 that can not be decoded.</summary>
    InvalidBase64 = 14,

    /// <summary>More packets in one polling body than <see cref="ProtocolLimits.MaxPacketsPerPayload"/>.</summary>
    TooManyPackets = 15,
}
