using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Stork.Queues.Journal;

/// <summary>
/// The head of a segment file, see <see cref="JournalFormat"/>. <c>Shard</c> is one more than the shard's number; 0: it does not say.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SegmentHeader(ushort Major, ushort Minor, uint Id, Guid Store, ulong FirstLsn, long Created, uint Shard)
{
    /// <summary>Whether it says that it belongs to another shard than this one.</summary>
    public bool IsOfAnotherShard(int shard) => Shard != 0 && Shard != (uint)shard + 1;

    public void Write(Span<byte> bytes)
    {
        bytes[..JournalFormat.SegmentHeaderBytes].Clear();
        JournalFormat.SegmentMagic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], Major);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], Minor);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Id);
        Store.TryWriteBytes(bytes[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], FirstLsn);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], Created);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[48..], Shard);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[60..], Crc32C.Of(bytes[..60]));
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out SegmentHeader header)
    {
        header = default;
        if (bytes.Length < JournalFormat.SegmentHeaderBytes || !bytes[..8].SequenceEqual(JournalFormat.SegmentMagic)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[60..]) != Crc32C.Of(bytes[..60])) return false;
        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            new Guid(bytes.Slice(16, 16), bigEndian: true),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[48..]));
        return true;
    }
}
