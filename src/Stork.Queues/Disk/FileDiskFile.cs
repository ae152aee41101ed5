using Microsoft.Win32.SafeHandles;

namespace Stork.Queues.Disk;

internal sealed class FileDiskFile(string path, FileMode mode) : IDiskFile
{
    // HResults of ENOSPC and EDQUOT: .NET puts the errno into the exception on Unix, ERROR_DISK_FULL and its kin on Windows.
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    private readonly SafeFileHandle _handle = OpenHandle(path, mode);

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
        catch (IOException failure) when (IsFull(failure))
        {
            throw new DiskFullException($"No space left while writing '{path}'.", failure);
        }
    }

    public void Sync()
    {
        NativeSync.SyncFile(_handle, path);
    }

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle OpenHandle(string path, FileMode mode)
    {
        try
        {
            return File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException failure) when (IsFull(failure))
        {
            throw new DiskFullException($"No space left while creating '{path}'.", failure);
        }
    }

    private static bool IsFull(IOException failure) =>
        failure.HResult is NoSpace or QuotaExceeded or WindowsHandleDiskFull or WindowsDiskFull;
}
