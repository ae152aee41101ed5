using System.Buffers.Binary;

namespace Stork.Queues.Journal;

/// <summary>
/// The file with a shard's <see cref="JournalEnd"/>, beside the shard's folder so that it does not go with it. Two slots, far enough from
/// each other not to be torn together; the one that was synced last is left alone until the other one is synced. So there always is one
/// that holds, and none ever says more than is durable, as it is written after the sync that it tells of. An unreadable one says nothing.
/// <code>
/// slot (80) at 0 and 4096
/// 0 magic "STORKEND"  8 u16 major  10 u16 minor  12 u32 shard  16 store id (16 bytes)  32 u64 generation  40 u64 LSN
/// 48 u32 segment  52 u32 offset  56 u32 oldest segment  60 zero  64 u64 LSN of its first record  72 zero  76 u32 CRC-32C of 0..75
/// </code>
/// </summary>
internal sealed class EndFile(IDisk disk, string name, Guid store, int shard) : IDisposable
{
    public const string Suffix = ".end";

    private const int SlotBytes = 80;
    private const int SlotDistance = 4096;
    private const int FileBytes = 2 * SlotDistance;

    private readonly byte[] _slot = new byte[SlotBytes];
    private IDiskFile? _file;
    private ulong _generation;
    private int _kept;
    private bool _unsynced;

    public static ReadOnlySpan<byte> Magic => "STORKEND"u8;

    /// <summary>What the file says; null: there is none, or nothing in it can be read.</summary>
    public JournalEnd? Read()
    {
        if (!disk.Exists(name)) return null;
        _file ??= disk.Open(name);
        JournalEnd? newest = null;
        for (var slot = 0; slot < 2; slot++)
        {
            if (_file.Read(slot * SlotDistance, _slot) < SlotBytes || !TryRead(_slot, out var end, out var generation)) continue;
            if (newest is not null && generation < _generation) continue;
            (newest, _generation, _kept) = (end, generation, slot);
        }

        return newest;
    }

    /// <summary>Makes what was read durable, or an empty file, before anything else is written.</summary>
    public void Begin()
    {
        if (Read() is { } end)
        {
            // After the end of a process it may only be in the page cache, and after a failed sync it would never be written.
            WriteSlot(_kept, end);
            _file!.Sync();
            return;
        }

        var isNew = _file is null;
        _file ??= disk.Create(name);
        _file.Write(0, new byte[FileBytes]);
        _file.Sync();
        if (isNew) disk.SyncDirectory();
    }

    /// <summary>Says so. It survives the process; the machine, once <see cref="Sync"/> returns.</summary>
    public void Write(in JournalEnd end)
    {
        _generation++;
        WriteSlot(1 - _kept, end);
        _unsynced = true;
    }

    public void Sync()
    {
        if (!_unsynced) return;
        _file!.Sync();
        _kept = 1 - _kept;
        _unsynced = false;
    }

    public void Dispose() => _file?.Dispose();

    private void WriteSlot(int slot, in JournalEnd end)
    {
        var bytes = _slot.AsSpan();
        bytes.Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], JournalFormat.Major);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[10..], JournalFormat.Minor);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], shard);
        store.TryWriteBytes(bytes[16..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], _generation);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[40..], end.Lsn);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[48..], end.Segment);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[52..], end.Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[56..], end.FirstSegment);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[64..], end.FirstLsn);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[76..], Crc32C.Of(bytes[..76]));
        _file!.Write(slot * SlotDistance, bytes);
    }

    /// <summary>A slot of another store or shard, or of a newer format, says nothing about this log.</summary>
    private bool TryRead(ReadOnlySpan<byte> bytes, out JournalEnd end, out ulong generation)
    {
        (end, generation) = (default, 0);
        if (!bytes[..8].SequenceEqual(Magic)) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[76..]) != Crc32C.Of(bytes[..76])) return false;
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) != JournalFormat.Major) return false;
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]) != shard) return false;
        if (new Guid(bytes.Slice(16, 16), bigEndian: true) != store) return false;
        generation = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]);
        end = new JournalEnd(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[52..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[56..]),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[64..]));
        return true;
    }
}
