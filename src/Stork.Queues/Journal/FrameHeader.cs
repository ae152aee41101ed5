using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Stork.Queues.Journal;

/// <summary>The head of a frame, see <see cref="JournalFormat"/>.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FrameHeader(
    int BodyLength, ulong FirstLsn, int Records, uint Segment, ulong SyncedLsn, long WallClock, uint BodyCrc)
{
    /// <param name="bytes">Where a frame may start.</param>
    /// <param name="salt">From the store's id, so that neither a foreign file nor a message body can pass for a frame of this
    /// store.</param>
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
}
