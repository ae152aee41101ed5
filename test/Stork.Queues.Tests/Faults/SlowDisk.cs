using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Faults;

/// <summary>A disk whose syncs take as long as a test wants.</summary>
internal sealed class SlowDisk(IDisk disk) : IDisk
{
    private readonly SemaphoreSlim _passes = new(0);
    private TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOpen = true;
    private volatile bool _fails;

    public long FreeBytes => disk.FreeBytes;

    public void Close() => _isOpen = false;

    public void Open()
    {
        _isOpen = true;
        _passes.Release(1000);
    }

    /// <summary>Ends the sync that waits; the next one waits again.</summary>
    public void LetOnePass(bool fails = false)
    {
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _fails = fails;
        _passes.Release();
    }

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
        Open();
        disk.Dispose();
    }

    private void Sync()
    {
        if (_isOpen) return;
        _reached.TrySetResult();
        if (!_passes.Wait(TimeSpan.FromSeconds(60))) throw new TimeoutException("Waited 60 s for the test to open the disk.");
        if (_fails) throw new IOException("The sync failed, as the test wanted.");
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
