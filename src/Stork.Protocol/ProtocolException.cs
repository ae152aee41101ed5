using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Stork.Protocol;

/// <summary>
/// A peer broke the protocol; the connection has to be closed. It is the only exception that reading bytes of a peer throws.
/// Its message is fixed per <see cref="Error"/> and it has no inner exception, so nothing of what was received gets into a log with it.
/// </summary>
public sealed class ProtocolException : Exception
{
    /// <summary>Creates the exception with the message that belongs to the error.</summary>
    /// <param name="error">What the peer did wrong.</param>
    public ProtocolException(ProtocolError error)
        : base(Describe(error))
    {
        Error = error;
    }

    /// <summary>What the peer did wrong.</summary>
    public ProtocolError Error { get; }

    // Out of line, so that the checks on the hot path stay a compare and a jump that is not taken.
    [DoesNotReturn]
    [StackTraceHidden]
    internal static void Throw(ProtocolError error) => throw new ProtocolException(error);

    private static string Describe(ProtocolError error) => error switch
    {
        ProtocolError.EmptyPacket => "The packet is empty.",
        ProtocolError.UnknownPacketType => "The packet type is unknown.",
        ProtocolError.InvalidPayload => "The payload does not fit the packet type.",
        ProtocolError.InvalidAckId => "The acknowledgement id is too large.",
        ProtocolError.ReservedEvent => "The event name is reserved.",
        ProtocolError.TooManyAttachments => "The packet announces too many attachments.",
        ProtocolError.IllegalAttachment => "The number of attachments or a placeholder is not valid.",
        ProtocolError.UnexpectedBinary => "A binary message came although no attachment was due.",
        ProtocolError.UnexpectedText => "A text message came although attachments were due.",
        ProtocolError.TooLarge => "The packet is too large.",
        ProtocolError.TooDeep => "The payload is nested too deeply.",
        ProtocolError.NamespaceTooLong => "The namespace is too long.",
        ProtocolError.InvalidUtf8 => "The polling body is not UTF-8.",
        ProtocolError.InvalidBase64 => "The binary message is not base64.",
        ProtocolError.TooManyPackets => "The polling body holds too many packets.",
        _ => "The protocol was violated.",
    };
}
