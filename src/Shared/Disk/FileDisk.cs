using Microsoft.Win32.SafeHandles;

namespace Stork.Shared.Disk;

/// <summary>A directory of the real file system. What is made in it is its owner's alone.</summary>
internal sealed class FileDisk : IReplacingDisk
{
    private readonly string _path;

    /// <summary>Held, so that syncing the names never needs a descriptor when there is none left.</summary>
    private readonly SafeFileHandle? _directory;

    public FileDisk(string path)
    {
        _path = Path.GetFullPath(path);
        if (!Directory.Exists(_path)) CreateDurably(_path);
        _directory = NativeSync.OpenDirectory(_path);
    }

    public long FreeBytes => DiskErrors.Guard("looking at", _path, static path => new DriveInfo(path).AvailableFreeSpace);

    public long TotalBytes => DiskErrors.Guard("looking at", _path, static path => new DriveInfo(path).TotalSize);

    public bool CanSyncNames => _directory is not null;

    public IDiskFile Create(string name) => new FileDiskFile(Path.Combine(_path, name), FileMode.CreateNew);

    public IDiskFile Open(string name) => new FileDiskFile(Path.Combine(_path, name), FileMode.Open);

    public bool Exists(string name) => File.Exists(Path.Combine(_path, name));

    public IReadOnlyList<string> List()
    {
        var names = DiskErrors.Guard("listing", _path, Directory.GetFiles);
        for (var i = 0; i < names.Length; i++) names[i] = Path.GetFileName(names[i]);
        return names;
    }

    public void Rename(string from, string to) => Move(from, to, overwrite: false);

    public void Replace(string from, string to) => Move(from, to, overwrite: true);

    public void Delete(string name) => DiskErrors.Guard(
        "deleting",
        Path.Combine(_path, name),
        static path =>
        {
            File.Delete(path);
            return true;
        });

    public void SyncDirectory()
    {
        if (_directory is not null) NativeSync.SyncDirectory(_directory, _path);
    }

    public void Dispose() => _directory?.Dispose();

    private void Move(string from, string to, bool overwrite) => DiskErrors.Guard(
        "renaming",
        Path.Combine(_path, from),
        path =>
        {
            File.Move(path, Path.Combine(_path, to), overwrite);
            return true;
        });

    /// <summary>Creates a directory and syncs the parents that name it, so that a power cut cannot take the whole store away.</summary>
    private static void CreateDurably(string path)
    {
        var parent = Path.GetDirectoryName(path);
        if (parent is not null && !Directory.Exists(parent)) CreateDurably(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
        else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (parent is null) return;
        using var handle = NativeSync.OpenDirectory(parent);
        if (handle is not null) NativeSync.SyncDirectory(handle, parent);
    }
}
