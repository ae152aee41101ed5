using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Stork.Queues.Disk;

namespace Stork.Queues.Engine;

/// <summary>
/// The directory of a store: <c>FORMAT</c> (text: version, store id, shards), <c>LOCK</c> (held while open), and a folder for each shard.
/// </summary>
internal sealed class StoreDirectory : IDisposable
{
    private const string FormatName = "FORMAT";
    private const string LockName = "LOCK";
    private const string Product = "stork-queues ";
    private const string FirstLine = Product + "1";

    private readonly string _path;
    private readonly FileStream _lock;

    private StoreDirectory(string path, FileStream held, Guid store)
    {
        _path = path;
        _lock = held;
        Store = store;
    }

    public Guid Store { get; }

    /// <exception cref="QueueException">Another process has it, or it was made by another version or with another number of
    /// shards.</exception>
    public static StoreDirectory Open(string path, int shards)
    {
        var disk = new FileDisk(path);
        var held = Lock(path);
        try
        {
            if (disk.Exists(FormatName)) return new StoreDirectory(path, held, Read(path, shards));
            if (Directory.EnumerateDirectories(path).Any())
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

    /// <summary>Keeps every other process out until it is disposed.</summary>
    /// <exception cref="QueueException">Another process has the directory, or nothing can be written there.</exception>
    public static FileStream Lock(string path)
    {
        var name = System.IO.Path.Combine(path, LockName);
        try
        {
            // Windows locks what is read as well, and a process that is refused wants to read who has it.
            var held = new FileStream(
                name, FileMode.OpenOrCreate, FileAccess.ReadWrite, OperatingSystem.IsWindows() ? FileShare.Read : FileShare.None);
            held.SetLength(0);
            held.Write(
                Encoding.UTF8.GetBytes(
                    string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} on {Environment.MachineName}\n")));
            held.Flush();
            return held;
        }
        catch (IOException failure) when (IsSharingViolation(failure))
        {
            throw new QueueException(QueueErrorCode.Locked, $"'{path}' is open already, by {Holder(name)}.", failure);
        }
        catch (IOException failure) when (failure is not (FileNotFoundException or DirectoryNotFoundException))
        {
            throw new QueueException(QueueErrorCode.StoreFailed, $"'{path}' cannot be written: {failure.Message}", failure);
        }
    }

    /// <summary>EWOULDBLOCK of flock on Linux and macOS, ERROR_SHARING_VIOLATION on Windows.</summary>
    private static bool IsSharingViolation(IOException failure) =>
        failure.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    /// <summary>
    /// Who has the lock, from the lock's own file. On Unix it is opened without .NET, whose handles would want a lock themselves.
    /// </summary>
    private static string Holder(string name)
    {
        const string Unknown = "another process";
        try
        {
            using var file = OperatingSystem.IsWindows()
                ? File.OpenHandle(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
                : new SafeFileHandle(LibC.Open(name, 0), ownsHandle: true);
            if (file.IsInvalid) return Unknown;
            var text = new byte[512];
            var length = RandomAccess.Read(file, text, 0);
            return length == 0 ? Unknown : Encoding.UTF8.GetString(text, 0, length).TrimEnd();
        }
        catch (IOException)
        {
            return Unknown;
        }
    }

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
