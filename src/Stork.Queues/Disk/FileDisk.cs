namespace Stork.Queues.Disk;

/// <summary>A directory of the real file system.</summary>
internal sealed class FileDisk : IDisk
{
    private readonly string _path;

    public FileDisk(string path)
    {
        _path = Path.GetFullPath(path);
        if (!Directory.Exists(_path)) CreateDurably(_path);
    }

    public long FreeBytes => new DriveInfo(_path).AvailableFreeSpace;

    public IDiskFile Create(string name) => new FileDiskFile(Path.Combine(_path, name), FileMode.CreateNew);

    public IDiskFile Open(string name) => new FileDiskFile(Path.Combine(_path, name), FileMode.Open);

    public bool Exists(string name) => File.Exists(Path.Combine(_path, name));

    public IReadOnlyList<string> List()
    {
        var names = Directory.GetFiles(_path);
        for (var i = 0; i < names.Length; i++) names[i] = Path.GetFileName(names[i]);
        return names;
    }

    public void Rename(string from, string to) => File.Move(Path.Combine(_path, from), Path.Combine(_path, to), overwrite: false);

    public void Delete(string name) => File.Delete(Path.Combine(_path, name));

    public void SyncDirectory() => NativeSync.SyncDirectory(_path);

    public void Dispose()
    {
        // Holds no handle of its own.
    }

    /// <summary>Creates a directory and syncs the parents that name it, so that a power cut cannot take the whole store away.</summary>
    private static void CreateDurably(string path)
    {
        var parent = Path.GetDirectoryName(path);
        if (parent is not null && !Directory.Exists(parent)) CreateDurably(parent);
        Directory.CreateDirectory(path);
        if (parent is not null) NativeSync.SyncDirectory(parent);
    }
}
