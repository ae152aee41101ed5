using Stork.Queues.Disk;
using Stork.Queues.Engine;
using Stork.Queues.Journal;

namespace Stork.Queues.Upkeep;

/// <summary>A directory that is being filled. Until it is sealed, nothing takes it for a store.</summary>
internal sealed class NewStore : IDisposable
{
    private readonly string _path;
    private readonly FileDisk _disk;

    private NewStore(string path)
    {
        _path = Path.GetFullPath(path);
        _disk = new FileDisk(_path);
    }

    /// <exception cref="QueueException">There is something in the directory.</exception>
    public static NewStore Create(string path)
    {
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new QueueException(QueueErrorCode.Invalid, $"'{path}' is not empty.");
        return new NewStore(path);
    }

    public FileDisk OpenShard(int shard) => new(Path.Combine(_path, StoreDirectory.ShardName(shard)));

    /// <summary>Where the end of the shard's log is recorded.</summary>
    public EndFile OpenEnd(int shard, Guid store) => new(_disk, StoreDirectory.EndName(shard), store, shard);

    public void Seal(Guid store, int shards) => StoreDirectory.Seal(_disk, store, shards);

    public void Dispose() => _disk.Dispose();
}
