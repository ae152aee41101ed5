using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Stork.Wire;

namespace Stork.Durable.Inboxes;

/// <summary>
/// An event as it is stored: the very bytes that were emitted or received, so that delivering it parses and serializes nothing.
/// Little-endian.
/// </summary>
/// <remarks>
/// <code>
/// 0  u8      version, 1
/// 1  u16     number of attachments, n
/// 3  u32 × n their lengths
///    bytes   JSON array [name, arguments…], in which placeholders stand for the attachments; as long as the rest leaves
///    bytes   the attachments, one behind the other
/// </code>
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly struct InboxBody
{
    private const byte Version = 1;
    private const int FixedLength = 3;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int _attachments;
    private readonly int _jsonLength;

    private InboxBody(ReadOnlyMemory<byte> bytes, int attachments, int jsonLength)
    {
        _bytes = bytes;
        _attachments = attachments;
        _jsonLength = jsonLength;
    }

    /// <summary>The array, with its brackets.</summary>
    public ReadOnlySpan<byte> Json => _bytes.Span.Slice(JsonStart, _jsonLength);

    private int JsonStart => FixedLength + (4 * _attachments);

    /// <summary>From an emit: the builder holds the array.</summary>
    public static byte[] Create(PacketBuilder packet)
    {
        var attachments = packet.Attachments;
        var length = 0;
        for (var i = 0; i < attachments.Count; i++) length += attachments[i].Length;
        var json = packet.JsonText;
        var body = Begin(attachments.Count, json, length, out var position);
        for (var i = 0; i < attachments.Count; i++) position = Append(body, i, attachments[i], position);
        return body;
    }

    /// <summary>From a received event.</summary>
    public static byte[] Create(ReadOnlySpan<byte> json, ReadOnlyMemory<byte>[] attachments)
    {
        var length = 0;
        foreach (var attachment in attachments) length += attachment.Length;
        var body = Begin(attachments.Length, json, length, out var position);
        for (var i = 0; i < attachments.Length; i++) position = Append(body, i, attachments[i].Span, position);
        return body;
    }

    /// <exception cref="InvalidDataException">It is not what is described above.</exception>
    public static InboxBody Read(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (span.Length < FixedLength || span[0] != Version) throw new InvalidDataException("The message is not an event.");
        var attachments = BinaryPrimitives.ReadUInt16LittleEndian(span[1..]);
        long jsonLength = span.Length - FixedLength - (4L * attachments);
        for (var i = 0; i < attachments && jsonLength >= 0; i++)
            jsonLength -= BinaryPrimitives.ReadUInt32LittleEndian(span[(FixedLength + (4 * i))..]);
        if (jsonLength < 2) throw new InvalidDataException("The lengths of the message contradict each other.");
        var body = new InboxBody(bytes, attachments, (int)jsonLength);
        if (body.Json[0] != '[' || body.Json[^1] != ']') throw new InvalidDataException("The message has no arguments.");
        return body;
    }

    /// <summary>The attachments, in their order.</summary>
    public ReadOnlyMemory<byte>[] GetAttachments()
    {
        if (_attachments == 0) return [];
        var attachments = new ReadOnlyMemory<byte>[_attachments];
        var position = JsonStart + _jsonLength;
        for (var i = 0; i < attachments.Length; i++)
        {
            var length = (int)BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Span[(FixedLength + (4 * i))..]);
            attachments[i] = _bytes.Slice(position, length);
            position += length;
        }

        return attachments;
    }

    private static byte[] Begin(int attachments, ReadOnlySpan<byte> json, int attached, out int position)
    {
        if (attachments > ushort.MaxValue) throw new ArgumentException($"An event has at most {ushort.MaxValue} attachments.");
        var start = FixedLength + (4 * attachments);
        var body = new byte[checked(start + json.Length + attached)];
        body[0] = Version;
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(1), (ushort)attachments);
        json.CopyTo(body.AsSpan(start));
        position = start + json.Length;
        return body;
    }

    private static int Append(byte[] body, int index, ReadOnlySpan<byte> attachment, int position)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(body.AsSpan(FixedLength + (4 * index)), (uint)attachment.Length);
        attachment.CopyTo(body.AsSpan(position));
        return position + attachment.Length;
    }
}
