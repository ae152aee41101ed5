using System.Buffers.Binary;
using Stork.Queues.Journal;

namespace Stork.Queues.Snapshots;

/// <summary>A snapshot in memory, with every checksum in it verified.</summary>
internal sealed class SnapshotFile
{
    private readonly byte[] _bytes;
    private readonly List<(int Start, int Length)> _blocks = [];

    private SnapshotFile(byte[] bytes, Guid store)
    {
        _bytes = bytes;
        Header = SnapshotHeader.Read(bytes);
        if (Header.Store != store) throw new InvalidDataException("it belongs to another store");
        for (var at = SnapshotFormat.HeaderBytes; at < bytes.Length;) at = AddBlock(at);
        ReadSegments();
    }

    public SnapshotHeader Header { get; }

    /// <summary>Bytes used of each segment at the snapshot's point, oldest first.</summary>
    public List<(uint Id, int Used)> Segments { get; } = [];

    public int Blocks => _blocks.Count;

    /// <exception cref="InvalidDataException">It is not whole.</exception>
    public static SnapshotFile Read(IDisk disk, string name, Guid store)
    {
        using var file = disk.Open(name);
        if (file.Length > Array.MaxLength) throw new InvalidDataException($"it has {file.Length} bytes");
        var bytes = GC.AllocateUninitializedArray<byte>((int)file.Length);
        if (file.Read(0, bytes) < bytes.Length) throw new InvalidDataException("it cannot be read to its end");
        return new SnapshotFile(bytes, store);
    }

    /// <summary>Complete ones, the newest first.</summary>
    public static List<string> Find(IDisk disk)
    {
        var names = disk.List().Where(SnapshotFormat.IsName).ToList();
        names.Sort(static (a, b) => string.CompareOrdinal(b, a));
        return names;
    }

    public ReadOnlySpan<byte> Block(int index) => _bytes.AsSpan(_blocks[index].Start, _blocks[index].Length);

    private int AddBlock(int at)
    {
        var rest = _bytes.AsSpan(at);
        if (rest.Length < SnapshotFormat.BlockHeadBytes + SnapshotFormat.BlockTailBytes)
            throw new InvalidDataException("it ends within a block");
        var length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        if (length < 0 || length > rest.Length - SnapshotFormat.BlockHeadBytes - SnapshotFormat.BlockTailBytes)
            throw new InvalidDataException("it ends within a block");
        var covered = rest[..(SnapshotFormat.BlockHeadBytes + length)];
        if (BinaryPrimitives.ReadUInt32LittleEndian(rest[covered.Length..]) != Crc32C.Of(covered))
            throw new InvalidDataException($"block {_blocks.Count} fails its checksum");
        if (BinaryPrimitives.ReadInt32LittleEndian(rest[4..]) != _blocks.Count)
            throw new InvalidDataException($"block {_blocks.Count} is another one");
        _blocks.Add((at + SnapshotFormat.BlockHeadBytes, length));
        return at + covered.Length + SnapshotFormat.BlockTailBytes;
    }

    private void ReadSegments()
    {
        for (var i = 0; i < _blocks.Count; i++)
        {
            var reader = new RecordReader(Block(i));
            while (!reader.AtEnd)
            {
                if (reader.Byte() != (byte)SnapshotItem.Segments) return;
                for (var count = reader.Count(SnapshotFormat.ChunkItems); count > 0; count--)
                    Segments.Add((checked((uint)reader.Varint()), reader.Count(int.MaxValue)));
            }
        }
    }
}
