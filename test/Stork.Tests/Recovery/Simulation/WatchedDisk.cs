using System.Buffers.Binary;
using Stork.Recovery.Journal;
using Stork.Shared;
using Stork.Shared.Disk;

namespace Stork.Tests.Recovery.Simulation;

/// <summary>A simulated disk that lets something happen while a file is written anew, and whose syncs of names may do nothing.</summary>
internal sealed class WatchedDisk(SimDisk disk, Action onDraft, RecoveryFault planted, bool canSyncNames) : IReplacingDisk
{
    public bool CanSyncNames => canSyncNames;

    public long FreeBytes => disk.FreeBytes;

    public IDiskFile Create(string name) => new Draft(disk.Create(name), onDraft);

    public IDiskFile Open(string name) =>
        planted == RecoveryFault.IgnoreChecksums ? new Unchecked(disk.Open(name)) : disk.Open(name);

    public bool Exists(string name) => disk.Exists(name);

    public IReadOnlyList<string> List() => disk.List();

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Replace(string from, string to) => disk.Replace(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory()
    {
        if (canSyncNames && planted != RecoveryFault.SkipNameSyncs) disk.SyncDirectory();
    }

    public void Dispose() => disk.Dispose();

    /// <summary>The first write holds the sessions, and no lock is held: the log goes on meanwhile.</summary>
    private sealed class Draft(IDiskFile file, Action onDraft) : IDiskFile
    {
        private bool _isBegun;

        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data)
        {
            file.Write(offset, data);
            if (_isBegun) return;
            _isBegun = true;
            onDraft();
        }

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }

    /// <summary>Gives every record that is read whole the checksum of what is there.</summary>
    private sealed class Unchecked(IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            var count = file.Read(offset, buffer);
            for (var rest = buffer[..count]; rest.Length >= RecordBuffer.PrefixLength;)
            {
                var length = BinaryPrimitives.ReadUInt32LittleEndian(rest);
                var prefix = rest[..RecordBuffer.PrefixLength];
                rest = rest[RecordBuffer.PrefixLength..];
                if (length > rest.Length) break;
                BinaryPrimitives.WriteUInt32LittleEndian(prefix[sizeof(uint)..], Crc32C.Of(rest[..(int)length]));
                rest = rest[(int)length..];
            }

            return count;
        }

        public void Write(long offset, ReadOnlySpan<byte> data) => file.Write(offset, data);

        public void Sync() => file.Sync();

        public void Dispose() => file.Dispose();
    }
}
