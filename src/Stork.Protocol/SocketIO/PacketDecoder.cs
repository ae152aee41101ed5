using System.Diagnostics;
using Stork.Protocol.SocketIO;

namespace Stork.Protocol;

/// <summary>
/// Puts the Socket.IO packets of one connection together from its messages. It has a state only between a packet that announces attachments
/// and the last of them; what it then holds, text and attachments, never exceeds <see cref="ProtocolLimits.MaxPacketSize"/>. Not thread
/// safe.
/// </summary>
/// <remarks>After a <see cref="ProtocolException"/> nothing is held any more; the connection has to be closed.</remarks>
public sealed class PacketDecoder
{
    private readonly ProtocolLimits _limits;

    // Most connections never have one; null costs an idle connection nothing.
    private Incomplete? _incomplete;

    /// <summary>Creates a decoder.</summary>
    /// <param name="limits">What a packet must stay within.</param>
    public PacketDecoder(ProtocolLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        _limits = limits;
    }

    /// <summary>Whether a packet waits for attachments, so that only a binary message may come next.</summary>
    public bool IsWaitingForAttachments => _incomplete is not null;

    /// <summary>The packet that waits for attachments, those that have come in their places; one without anything if none waits.</summary>
    public Packet Waiting => _incomplete?.Packet ?? default;

    /// <summary>Bytes of text and attachments held for <see cref="Waiting"/>; 0 if no packet waits.</summary>
    public int HeldBytes => _incomplete?.HeldBytes ?? 0;

    /// <summary>Decodes a text message.</summary>
    /// <param name="text">The message, without the <c>4</c> of Engine.IO; already known to be UTF-8. It must stay unchanged while the
    /// packet is in use.</param>
    /// <param name="packet">The packet, when it is complete. Its memories are slices of <paramref name="text"/>.</param>
    /// <returns>True when the packet is complete; false when attachments are due. Then the text has been copied.</returns>
    /// <exception cref="ProtocolException">The text is no valid packet, exceeds a limit, or came while attachments were due.</exception>
    public bool TryDecode(ReadOnlyMemory<byte> text, out Packet packet)
    {
        if (_incomplete is not null)
            Fail(ProtocolError.UnexpectedText);
        if (text.Length > _limits.MaxPacketSize)
            ProtocolException.Throw(ProtocolError.TooLarge);

        if (!AnnouncesAttachments(text.Span))
        {
            packet = PacketText.Read(text, _limits);
            return true;
        }

        var incomplete = PacketText.Read(text.ToArray(), _limits);
        _incomplete = new Incomplete(incomplete) { Due = incomplete.Attachments.Length, HeldBytes = text.Length };
        packet = default;
        return false;
    }

    /// <summary>Decodes a binary message, an attachment of the packet that waits.</summary>
    /// <param name="data">The message; may be empty. It is copied.</param>
    /// <param name="packet">The packet, when this was its last attachment. Its memories belong to it.</param>
    /// <returns>True when the packet is complete.</returns>
    /// <exception cref="ProtocolException">No attachment is due, or the packet becomes too large with it.</exception>
    public bool TryDecodeBinary(ReadOnlyMemory<byte> data, out Packet packet)
    {
        if (_incomplete is null)
            ProtocolException.Throw(ProtocolError.UnexpectedBinary);
        if (data.Length > _limits.MaxPacketSize - _incomplete.HeldBytes)
            Fail(ProtocolError.TooLarge);

        _incomplete.Packet.Attachments[^_incomplete.Due] = data.ToArray();
        _incomplete.HeldBytes += data.Length;
        _incomplete.Due--;
        if (_incomplete.Due > 0)
        {
            packet = default;
            return false;
        }

        packet = _incomplete.Packet;
        Reset();
        return true;
    }

    /// <summary>Drops a packet that waits for attachments, as when its connection is closed.</summary>
    public void Reset() => _incomplete = null;

    private static bool AnnouncesAttachments(ReadOnlySpan<byte> text) =>
        text.Length > 0 && text[0] is (byte)'5' or (byte)'6';

    [StackTraceHidden]
    private void Fail(ProtocolError error)
    {
        Reset();
        ProtocolException.Throw(error);
    }

    /// <summary>A packet whose attachments are due.</summary>
    private sealed class Incomplete(Packet packet)
    {
        public Packet Packet => packet;

        public int Due { get; set; }

        public int HeldBytes { get; set; }
    }
}
