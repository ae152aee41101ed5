using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Stork.Queues.Snapshots;

/// <summary>The head of a snapshot, see <see cref="SnapshotFormat"/>: where in the log it was taken.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SnapshotHeader(Guid Store, uint Segment, int Offset, ulong NextLsn, long WallClock)
{
    public void Write(Span<byte> bytes)
    {
        bytes[..SnapshotFormat.HeaderBytes].Clear();
        SnapshotFormat.Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], SnapshotFormat.Major);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], SnapshotFormat.Minor);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[12..], Segment);
        Store.TryWriteBytes(bytes[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], NextLsn);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], WallClock);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[48..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[60..], Crc32C.Of(bytes[..60]));
    }

    /// <exception cref="InvalidDataException">These bytes are no head that this version can use.</exception>
    public static SnapshotHeader Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < SnapshotFormat.HeaderBytes || !bytes[..8].SequenceEqual(SnapshotFormat.Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[60..]) != Crc32C.Of(bytes[..60]))
            throw new InvalidDataException("the header fails its checksum");
        var (major, minor) = (BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt16LittleEndian(bytes[10..]));
        if (major != SnapshotFormat.Major || minor > SnapshotFormat.Minor) throw new InvalidDataException($"it has format {major}.{minor}");
        return new SnapshotHeader(
            new Guid(bytes.Slice(16, 16), bigEndian: true),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]));
    }
}
