using Stork.Queues.Disk;

namespace Stork.Queues.Tests.Faults;

/// <summary>A disk whose syncs take as long as a test wants.</summary>
internal sealed class SlowDisk(IDisk disk) : IDisk
{
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long FreeBytes => disk.FreeBytes;

    public void Close() => _open.Reset();

    public void Open() => _open.Set();

    /// <summary>Completes when a sync waits.</summary>
    public Task ReachedAsync() => _reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);

    public IDiskFile Create(string name) => new SlowFile(disk.Create(name), this);

    public IDiskFile Open(string name) => new SlowFile(disk.Open(name), this);

    public bool Exists(string name) => disk.Exists(name);

    public IReadOnlyList<string> List() => disk.List();

    public void Rename(string from, string to) => disk.Rename(from, to);

    public void Delete(string name) => disk.Delete(name);

    public void SyncDirectory() => disk.SyncDirectory();

    public void Dispose()
    {
        // Reads go on until the store is closed, and a test may end while a sync waits.
        _open.Set();
        disk.Dispose();
    }

    private void Sync()
    {
        if (_open.IsSet) return;
        _reached.TrySetResult();
        if (!_open.Wait(TimeSpan.FromSeconds(60))) throw new TimeoutException("Waited 60 s for the test to open the disk.");
    }

    private sealed class SlowFile(IDiskFile file, SlowDisk owner) : IDiskFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer) => file.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data) => file.Write(offset, data);

        public void Sync()
        {
            owner.Sync();
            file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
