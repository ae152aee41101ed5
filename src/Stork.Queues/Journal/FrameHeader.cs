using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Stork.Queues.Journal;

/// <summary>The head of a frame, see <see cref="JournalFormat"/>.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FrameHeader(
    int BodyLength, ulong FirstLsn, int Records, uint Segment, ulong SyncedLsn, long WallClock, uint BodyCrc)
{
    /// <param name="bytes">Where a frame may start.</param>
    /// <param name="salt">From the store's id: neither a foreign file nor a message body can pass for a frame of this store.</param>
    /// <param name="header">What was read.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, uint salt, out FrameHeader header)
    {
        header = default;
        if (bytes.Length < JournalFormat.FrameHeaderBytes) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != JournalFormat.FrameMagic) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[44..]) != (Crc32C.Of(bytes[..44]) ^ salt)) return false;
        header = new FrameHeader(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]));
        return header.BodyLength >= 0 && header.Records > 0;
    }

    /// <summary>A frame of a segment whose checksums hold.</summary>
    /// <param name="bytes">Where a frame may start.</param>
    /// <param name="salt">From the store's id.</param>
    /// <param name="segment">The segment's id.</param>
    /// <param name="header">What its head says.</param>
    /// <param name="body">Its records.</param>
    public static bool TryReadFrame(
        ReadOnlySpan<byte> bytes, uint salt, uint segment, out FrameHeader header, out ReadOnlySpan<byte> body)
    {
        body = default;
        if (!TryRead(bytes, salt, out header) || header.Segment != segment) return false;
        if (header.BodyLength > bytes.Length - JournalFormat.FrameHeaderBytes) return false;
        body = bytes.Slice(JournalFormat.FrameHeaderBytes, header.BodyLength);
        return Crc32C.Of(body) == header.BodyCrc;
    }

    /// <summary>
    /// Whether these bytes, in which no good frame starts, have anything of this segment: a frame's head anywhere, or a damaged one at the
    /// beginning. Otherwise they are zeros, or what an earlier segment left in its file.
    /// </summary>
    /// <param name="bytes">What is behind the last good frame.</param>
    /// <param name="salt">From the store's id.</param>
    /// <param name="segment">The segment's id.</param>
    /// <param name="synced">The highest number that one of them says was reached by durable records.</param>
    public static bool TryFindTail(ReadOnlySpan<byte> bytes, uint salt, uint segment, out ulong synced)
    {
        synced = 0;
        var found = false;
        foreach (var at in Heads(bytes))
        {
            if (!TryRead(bytes[at..], salt, out var header)) found |= at == 0;
            else if (header.Segment == segment) (found, synced) = (true, Math.Max(synced, header.SyncedLsn));
        }

        return found;
    }

    /// <summary>Where a frame may start.</summary>
    public static List<int> Heads(ReadOnlySpan<byte> bytes)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, JournalFormat.FrameMagic);
        var heads = new List<int>();
        for (var at = 0; ; at++)
        {
            var next = bytes[at..].IndexOf(magic);
            if (next < 0) return heads;
            heads.Add(at += next);
        }
    }
}
