using System.Globalization;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Snapshots;

namespace Stork.Queues.Shards;

/// <summary>
/// The directory of a store: <c>FORMAT</c> (text: version, store id, shards), <c>LOCK</c> (held while open), and a folder for each shard.
/// </summary>
internal sealed class StoreDirectory : IDisposable
{
    private const string FormatName = "FORMAT";
    private const string Product = "stork-queues ";
    private const string FirstLine = Product + "1";

    private readonly string _path;
    private readonly StoreLock _lock;

    private StoreDirectory(string path, StoreLock held, Guid store)
    {
        _path = path;
        _lock = held;
        Store = store;
    }

    public Guid Store { get; }

    /// <summary>False where the file system has no locks.</summary>
    public bool IsLocked => _lock.IsReal;

    /// <exception cref="QueueException">Another process has it, it cannot be locked, or it was made by another version or with another
    /// number of shards.</exception>
    public static StoreDirectory Open(string path, int shards, bool allowUnlocked)
    {
        using var disk = new FileDisk(path);
        var held = StoreLock.Acquire(path, allowUnlocked);
        try
        {
            if (disk.Exists(FormatName)) return new StoreDirectory(path, held, Read(path, shards));
            if (CountShards(path) > 0)
                throw new QueueException(
                    QueueErrorCode.Damaged, $"'{path}' has shards but no {FormatName} file. {StoreMessages.Advice(path)}");
            var store = Guid.NewGuid();
            Seal(disk, store, shards);
            return new StoreDirectory(path, held, store);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public string Path => _path;

    /// <summary>The directory as a disk, for the files beside the shards. The directory's from now on.</summary>
    public IDisk? Ends { get; set; }

    public string ShardPath(int shard) => System.IO.Path.Combine(_path, ShardName(shard));

    public void Dispose()
    {
        Ends?.Dispose();
        _lock.Dispose();
    }

    /// <summary>What the FORMAT file says; null if it is missing or says nothing that this version understands.</summary>
    /// <exception cref="QueueException">A newer version wrote it.</exception>
    public static (Guid Store, int Shards)? TryRead(string path)
    {
        var file = System.IO.Path.Combine(path, FormatName);
        if (!File.Exists(file)) return null;
        var lines = File.ReadAllLines(file);
        if (lines.Length > 0 && lines[0].StartsWith(Product, StringComparison.Ordinal)
            && !lines[0].StartsWith(FirstLine + ".", StringComparison.Ordinal))
            throw new QueueException(QueueErrorCode.Format, $"'{path}' has format {lines[0][Product.Length..]}; this version reads 1.x.");
        if (lines.Length < 3 || !lines[0].StartsWith(FirstLine + ".", StringComparison.Ordinal)
            || !lines[1].StartsWith("store ", StringComparison.Ordinal)
            || !Guid.TryParseExact(lines[1].AsSpan(6), "D", out var store) || !lines[2].StartsWith("shards ", StringComparison.Ordinal)
            || !int.TryParse(lines[2].AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out var shards)
                || shards is < 1 or > QueueStoreOptions.MaxShards)
            return null;
        return (store, shards);
    }

    /// <summary>Makes the directory a store: the last step of whoever filled it.</summary>
    public static void Seal(IDisk disk, Guid store, int shards)
    {
        if (disk.Exists(FormatName + ".tmp")) disk.Delete(FormatName + ".tmp");
        var text = string.Create(CultureInfo.InvariantCulture, $"{FirstLine}.0\nstore {store:D}\nshards {shards}\n");
        using (var draft = disk.Create(FormatName + ".tmp"))
        {
            draft.Write(0, Encoding.ASCII.GetBytes(text));
            draft.Sync();
        }

        disk.Rename(FormatName + ".tmp", FormatName);
        disk.SyncDirectory();
    }

    /// <summary>The file that says how far a shard's log is durable.</summary>
    public static string EndName(int shard) => ShardName(shard) + Journal.EndFile.Suffix;

    public static string ShardName(int shard) => shard.ToString("D2", CultureInfo.InvariantCulture);

    /// <summary>
    /// How many shards a directory has, whatever else is in it. A folder is one if it has a segment or a snapshot, or its end is recorded.
    /// </summary>
    public static int CountShards(string path)
    {
        for (var shards = QueueStoreOptions.MaxShards; shards > 0; shards--)
        {
            var folder = System.IO.Path.Combine(path, ShardName(shards - 1));
            if (File.Exists(System.IO.Path.Combine(path, EndName(shards - 1)))) return shards;
            if (!Directory.Exists(folder)) continue;
            if (Directory.EnumerateFiles(folder).Select(System.IO.Path.GetFileName).Any(IsShardFile!)) return shards;
        }

        return 0;
    }

    /// <summary>What would be in the way of a new store in a directory; null: nothing.</summary>
    public static string? FindObstacle(string path)
    {
        if (File.Exists(System.IO.Path.Combine(path, FormatName))) return FormatName;
        for (var i = 0; i < QueueStoreOptions.MaxShards; i++)
            if (System.IO.Path.Exists(System.IO.Path.Combine(path, ShardName(i)))) return ShardName(i);
        return null;
    }

    private static bool IsShardFile(string name) => JournalFormat.TryParseSegmentName(name, out _) || SnapshotFormat.IsName(name);

    private static Guid Read(string path, int shards)
    {
        if (TryRead(path) is not { } format)
            throw new QueueException(
                QueueErrorCode.Format, $"The {FormatName} file of '{path}' cannot be read. {StoreMessages.Advice(path)}");
        if (format.Shards != shards)
            throw new QueueException(QueueErrorCode.Format, $"'{path}' was made with shards {format.Shards}, not {shards}.");
        return format.Store;
    }
}
