using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Mutations;

/// <summary>Real files without syncs: what is tried here is what a start makes of them, thousands of times.</summary>
internal sealed class QuickDisk(IDisk disk) : IDisk
{
    public long FreeBytes => disk.FreeBytes;

    public IDiskFile Create(string name) => new QuickFile(disk.Create(name));

    public IDiskFile Open(string name) => new QuickFile(disk.Open(name));

    public bool Exists(string name) => disk.Exists(name);

    public IReadOnlyList<string> List() => disk.List();

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory()
    {
        // The machine goes on.
    }

    public void Dispose() => disk.Dispose();

    private sealed class QuickFile(IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data) => file.Write(offset, data);

        public void Sync()
        {
            // The machine goes on.
        }

        public void Dispose() => file.Dispose();
    }
}
