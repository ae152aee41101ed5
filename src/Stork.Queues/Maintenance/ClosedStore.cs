using Stork.Queues.Journal;
using Stork.Queues.Shards;

namespace Stork.Queues.Maintenance;

/// <summary>A store's directory for the tools: locked, but otherwise taken as it is.</summary>
internal sealed class ClosedStore : IDisposable
{
    private readonly string _path;
    private readonly StoreLock? _lock;

    private ClosedStore(string path, StoreLock? held, Guid store, int shards)
    {
        _path = path;
        _lock = held;
        Store = store;
        Shards = shards;
    }

    public Guid Store { get; }

    public int Shards { get; }

    /// <summary>What is wrong outside the shards.</summary>
    public List<StoreFault> Faults { get; } = [];

    /// <exception cref="QueueException">There is no store, a process has it open, or a newer version wrote it.</exception>
    public static ClosedStore Open(string path)
    {
        path = Path.GetFullPath(path);
        if (!Directory.Exists(path)) throw new QueueException(QueueErrorCode.NotFound, $"There is no directory '{path}'.");
        if (!File.Exists(Path.Combine(path, "FORMAT")) && StoreDirectory.CountShards(path) == 0)
            throw new QueueException(QueueErrorCode.NotFound, $"There is no store in '{path}'.");
        var held = TryLock(path);
        try
        {
            if (StoreDirectory.TryRead(path) is { } format) return new ClosedStore(path, held, format.Store, format.Shards);
            var shards = StoreDirectory.CountShards(path);
            var place = new ClosedStore(path, held, FindStore(path, shards), shards);
            place.Faults.Add(
                new StoreFault(
                    StoreFaultKind.Damaged, "FORMAT", 0, 0, 0, 0,
                    "the file is missing or cannot be read; the segments say whose they are"));
            return place;
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    /// <summary>A shard's folder; an empty one if it is not there.</summary>
    public IDisk OpenShard(int shard)
    {
        var folder = Path.Combine(_path, StoreDirectory.ShardName(shard));
        return Directory.Exists(folder) ? new FileDisk(folder) : new MemoryDisk();
    }

    /// <summary>What is known of the end of a shard's log; null: nothing that can be read.</summary>
    public JournalEnd? FindEnd(int shard)
    {
        using var disk = new FileDisk(_path);
        using var file = new EndFile(disk, StoreDirectory.EndName(shard), Store, shard);
        return file.Read();
    }

    public void Dispose() => _lock?.Dispose();

    /// <summary>A medium that cannot be written needs no lock.</summary>
    private static StoreLock? TryLock(string path)
    {
        try
        {
            return StoreLock.Acquire(path, orWithout: true);
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The store that most segment headers name.</summary>
    private static Guid FindStore(string path, int shards)
    {
        var votes = new Dictionary<Guid, int>();
        var head = new byte[JournalFormat.SegmentHeaderBytes];
        for (var i = 0; i < shards; i++)
        {
            if (!Directory.Exists(Path.Combine(path, StoreDirectory.ShardName(i)))) continue;
            using var disk = new FileDisk(Path.Combine(path, StoreDirectory.ShardName(i)));
            foreach (var name in disk.List())
            {
                if (!JournalFormat.TryParseSegmentName(name, out _)) continue;
                using var file = disk.Open(name);
                if (file.Read(0, head) == head.Length && SegmentHeader.TryRead(head, out var header))
                    votes[header.Store] = votes.GetValueOrDefault(header.Store) + 1;
            }
        }

        if (votes.Count == 0) throw new QueueException(QueueErrorCode.Damaged, $"No file in '{path}' says which store it is.");
        return votes.MaxBy(static v => v.Value).Key;
    }
}
