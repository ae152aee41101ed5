using Microsoft.Win32.SafeHandles;

namespace Stork.Shared.Disk;

internal sealed class FileDiskFile(string path, FileMode mode) : IDiskFile
{
    private readonly SafeFileHandle _handle =
        DiskErrors.Guard(mode == FileMode.Open ? "opening" : "creating", path, it => OpenHandle(it, mode));

    public long Length => RandomAccess.GetLength(_handle);

    public int Read(long offset, Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = RandomAccess.Read(_handle, buffer[total..], offset + total);
            if (read == 0) break;
            total += read;
        }

        return total;
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        try
        {
            RandomAccess.Write(_handle, data, offset);
        }
        catch (IOException failure) when (DiskErrors.Passes(failure))
        {
            throw DiskErrors.Refusal(failure, "writing", path);
        }
    }

    public void Sync() => NativeSync.SyncFile(_handle, path);

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle OpenHandle(string path, FileMode mode)
    {
        const FileShare Share = FileShare.ReadWrite | FileShare.Delete;
        if (mode == FileMode.Open || OperatingSystem.IsWindows()) return File.OpenHandle(path, mode, FileAccess.ReadWrite, Share);
        // Only a stream can be told whose the file is to be from its first moment on. Unbuffered, it is no more than its handle.
        return new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = mode,
                Access = FileAccess.ReadWrite,
                Share = Share,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).SafeFileHandle;
    }
}
