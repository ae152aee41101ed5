using Stork.Shared.Disk;

namespace Stork.Tests.Recovery.Simulation;

/// <summary>A simulated disk that lets something happen while a file is written anew, and may forget the sync of names.</summary>
internal sealed class WatchedDisk(SimDisk disk, Action onDraft, bool skipsNameSyncs) : IReplacingDisk
{
    public long FreeBytes => disk.FreeBytes;

    public IDiskFile Create(string name) => new Draft(disk.Create(name), onDraft);

    public IDiskFile Open(string name) => disk.Open(name);

    public bool Exists(string name) => disk.Exists(name);

    public IReadOnlyList<string> List() => disk.List();

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Replace(string from, string to) => disk.Replace(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory()
    {
        if (!skipsNameSyncs) disk.SyncDirectory();
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
}
