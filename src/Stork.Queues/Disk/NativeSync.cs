using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Stork.Queues.Disk;

/// <summary>
/// Syncs whose failure is seen. .NET 10 swallows an error of fsync on Linux (<c>RandomAccess.FlushToDisk</c> and
/// <c>FileStream.Flush(true)</c> return normally when it says EIO), so the C library is called directly.
/// The symbols are taken from the global scope of the process, as the linker would, so that a preloaded library can stand in for them.
/// </summary>
internal static unsafe class NativeSync
{
    private const int EINTR = 4;
    private const int MacFullSync = 51;
    private const int MaxInterruptions = 1000;

    private static readonly delegate* unmanaged[Cdecl]<int, int> FileDataSync = Find("fdatasync");
    private static readonly delegate* unmanaged[Cdecl]<int, int> FileSync = Find("fsync");

    /// <summary>Makes the file's data, and the size if it changed, durable.</summary>
    public static void SyncFile(SafeFileHandle handle, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        var added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            var descriptor = (int)handle.DangerousGetHandle();
            Call(descriptor, name);
        }
        finally
        {
            if (added) handle.DangerousRelease();
        }
    }

    /// <summary>Makes created, renamed and deleted names in a directory durable. Windows does that by itself.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = LibC.Open(path, 0);
        if (descriptor < 0)
            throw new IOException($"Cannot open the directory '{path}' to sync it (errno {Marshal.GetLastPInvokeError()}).");
        try
        {
            for (var tries = 0; ; tries++)
            {
                if (FileSync(descriptor) == 0) return;
                var error = Marshal.GetLastSystemError();
                if (error != EINTR || tries == MaxInterruptions)
                    throw new IOException($"Syncing the directory '{path}' failed (errno {error}).");
            }
        }
        finally
        {
            _ = LibC.Close(descriptor);
        }
    }

    private static void Call(int descriptor, string name)
    {
        for (var tries = 0; ; tries++)
        {
            var result = OperatingSystem.IsMacOS() ? LibC.Control(descriptor, MacFullSync) : FileDataSync(descriptor);
            if (result != -1) return;
            var error = Marshal.GetLastSystemError();
            if (error != EINTR || tries == MaxInterruptions) throw new IOException($"Syncing '{name}' failed (errno {error}).");
        }
    }

    private static delegate* unmanaged[Cdecl]<int, int> Find(string symbol)
    {
        if (OperatingSystem.IsWindows() || (symbol == "fdatasync" && OperatingSystem.IsMacOS())) return null;
        return (delegate* unmanaged[Cdecl]<int, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), symbol);
    }
}
