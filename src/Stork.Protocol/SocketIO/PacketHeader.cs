using System.Buffers.Text;
using System.Diagnostics;

namespace Stork.Protocol;

/// <summary>
/// Writes what comes before the JSON of a Socket.IO packet:
/// <c>&lt;type&gt;[&lt;attachments&gt;-][&lt;namespace&gt;,][&lt;acknowledgement id&gt;]</c>, without the <c>4</c> of Engine.IO. The JSON
/// follows without anything between.
/// </summary>
public static class PacketHeader
{
    private const int TypeLength = 1;
    private const int MaxAttachmentsLength = 11; // 2147483647-
    private const int CommaLength = 1;
    private const int MaxAckIdLength = 19; // 9223372036854775807

    /// <summary>A length that suffices for any header with a namespace of the given length.</summary>
    /// <param name="namespaceLength">Bytes of the namespace.</param>
    /// <returns>The length in bytes.</returns>
    public static int GetMaxLength(int namespaceLength) =>
        TypeLength + MaxAttachmentsLength + namespaceLength + CommaLength + MaxAckIdLength;

    /// <summary>Writes a header.</summary>
    /// <param name="destination">Where to write; <see cref="GetMaxLength"/> tells how much is enough.</param>
    /// <param name="type">The type.</param>
    /// <param name="attachments">How many attachments follow: at least 1 for the two binary types, and ignored for all others.</param>
    /// <param name="nsp">The namespace in UTF-8. <c>/</c> and an empty one are left out; any other starts with a slash and contains no
    /// comma.</param>
    /// <param name="ackId">The acknowledgement id, or -1 for none.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="ArgumentException">An argument is outside what is said above, or the destination is too short.</exception>
    public static int Format(Span<byte> destination, PacketType type, int attachments, ReadOnlySpan<byte> nsp, long ackId)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((byte)type, (byte)PacketType.BinaryAck, nameof(type));
        ArgumentOutOfRangeException.ThrowIfLessThan(ackId, -1);
        if (destination.Length < GetMaxLength(nsp.Length))
            return FormatTight(destination, type, attachments, nsp, ackId);

        destination[0] = (byte)('0' + (byte)type);
        var position = TypeLength;

        if (type >= PacketType.BinaryEvent)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(attachments, 1);
            position += FormatNumber(destination[position..], attachments);
            destination[position++] = (byte)'-';
        }

        if (nsp.Length > 1)
        {
            if (nsp[0] != '/' || nsp.Contains((byte)','))
                throw new ArgumentException("A namespace starts with a slash and contains no comma.", nameof(nsp));
            nsp.CopyTo(destination[position..]);
            position += nsp.Length;
            destination[position++] = (byte)',';
        }

        return ackId < 0 ? position : position + FormatNumber(destination[position..], ackId);
    }

    // A destination that may be just large enough: written elsewhere first, since this is nobody's hot path.
    private static int FormatTight(Span<byte> destination, PacketType type, int attachments, ReadOnlySpan<byte> nsp, long ackId)
    {
        var header = new byte[GetMaxLength(nsp.Length)];
        var length = Format(header, type, attachments, nsp, ackId);
        if (length > destination.Length)
            throw new ArgumentException("The destination is too short for the header.", nameof(destination));
        header.AsSpan(0, length).CopyTo(destination);
        return length;
    }

    private static int FormatNumber(Span<byte> destination, long value)
    {
        var fits = Utf8Formatter.TryFormat(value, destination, out var written);
        Debug.Assert(fits, "The destination was measured before.");
        return written;
    }
}
