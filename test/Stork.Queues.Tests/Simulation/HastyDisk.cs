using System.Buffers.Binary;
using Stork.Queues.Journal;
using Stork.Shared;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Simulation;

/// <summary>A planted fault: the recorded end of the log runs ahead of the sync, as it counts frames that are merely written.</summary>
internal sealed class HastyDisk(SimDisk disk, Guid store) : IDisk
{
    private readonly uint _salt = JournalFormat.SaltOf(store);
    private readonly byte[] _slot = new byte[80];
    private IDiskFile? _ends;
    private long _offset;

    public long FreeBytes => disk.FreeBytes;

    public IDiskFile Create(string name) => Wrap(name, disk.Create(name));

    public IDiskFile Open(string name) => Wrap(name, disk.Open(name));

    public bool Exists(string name) => disk.Exists(name);

    public IReadOnlyList<string> List() => disk.List();

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory() => disk.SyncDirectory();

    public void Dispose() => disk.Dispose();

    private HastyFile Wrap(string name, IDiskFile file)
    {
        var isEnd = name.EndsWith(EndFile.Suffix, StringComparison.Ordinal);
        if (isEnd) _ends = file;
        return new HastyFile(this, file, isEnd);
    }

    private void Note(bool isEnd, long offset, ReadOnlySpan<byte> data)
    {
        if (isEnd)
        {
            if (data.Length == _slot.Length) data.CopyTo(_slot);
            _offset = offset;
            return;
        }

        if (!FrameHeader.TryRead(data, _salt, out var frame) || _ends is null || _slot[0] == 0) return;
        BinaryPrimitives.WriteUInt64LittleEndian(_slot.AsSpan(40), frame.FirstLsn + (ulong)frame.Records);
        BinaryPrimitives.WriteUInt32LittleEndian(_slot.AsSpan(76), Crc32C.Of(_slot.AsSpan(0, 76)));
        _ends.Write(_offset, _slot);
    }

    private sealed class HastyFile(HastyDisk owner, IDiskFile file, bool isEnd) : IDiskFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data)
        {
            file.Write(offset, data);
            owner.Note(isEnd, offset, data);
        }

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
