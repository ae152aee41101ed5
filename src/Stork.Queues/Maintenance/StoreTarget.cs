using Stork.Queues.Journal;
using Stork.Queues.Shards;

namespace Stork.Queues.Maintenance;

/// <summary>A directory that is being filled. Until it is sealed, nothing takes it for a store.</summary>
internal sealed class StoreTarget : IDisposable
{
    private readonly string _path;
    private readonly FileDisk _disk;

    private StoreTarget(string path)
    {
        _path = Path.GetFullPath(path);
        _disk = new FileDisk(_path);
    }

    /// <summary>
    /// Folders of others, as file systems put them on a new volume, do no harm; where files are, somebody may have meant another place.
    /// </summary>
    /// <exception cref="QueueException">There is a store in the directory, part of one, or another file.</exception>
    public static StoreTarget Create(string path)
    {
        if (!Directory.Exists(path)) return new StoreTarget(path);
        var obstacle = StoreDirectory.FindObstacle(path) ?? Directory.EnumerateFiles(path).Select(Path.GetFileName).FirstOrDefault();
        if (obstacle is not null) throw new QueueException(QueueErrorCode.Invalid, $"'{path}' is not empty: '{obstacle}' is there.");
        return new StoreTarget(path);
    }

    public FileDisk OpenShard(int shard) => new(Path.Combine(_path, StoreDirectory.ShardName(shard)));

    /// <summary>Where the end of the shard's log is recorded.</summary>
    public EndFile OpenEnd(int shard, Guid store) => new(_disk, StoreDirectory.EndName(shard), store, shard);

    public void Seal(Guid store, int shards) => StoreDirectory.Seal(_disk, store, shards);

    public void Dispose() => _disk.Dispose();
}
