using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Stork.Shared.Disk;

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

    /// <summary>A directory, for <see cref="SyncDirectory"/>; null on Windows, which needs none.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle? OpenDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return null;
        var descriptor = LibC.Open(path, LibC.CloseOnExec);
        if (descriptor >= 0) return new SafeFileHandle(descriptor, ownsHandle: true);
        var error = Marshal.GetLastPInvokeError();
        var message = $"Cannot open the directory '{path}': {Describe(error)}.";
        throw DiskErrors.IsBusy(error) ? new DiskBusyException(message) : new IOException(message);
    }

    /// <summary>Makes created, renamed and deleted names in a directory durable. Windows does that by itself.</summary>
    public static void SyncDirectory(SafeFileHandle directory, string path)
    {
        var added = false;
        try
        {
            directory.DangerousAddRef(ref added);
            for (var tries = 0; FileSync((int)directory.DangerousGetHandle()) != 0; tries++)
            {
                var error = Marshal.GetLastSystemError();
                if (error != EINTR || tries == MaxInterruptions)
                    throw new IOException($"Syncing the directory '{path}' failed: {Describe(error)}.");
            }
        }
        finally
        {
            if (added) directory.DangerousRelease();
        }
    }

    private static void Call(int descriptor, string name)
    {
        for (var tries = 0; ; tries++)
        {
            var result = OperatingSystem.IsMacOS() ? LibC.Control(descriptor, MacFullSync) : FileDataSync(descriptor);
            if (result != -1) return;
            var error = Marshal.GetLastSystemError();
            if (error != EINTR || tries == MaxInterruptions)
                throw new IOException($"Syncing '{PresentName(descriptor) ?? name}' failed: {Describe(error)}.");
        }
    }

    private static string Describe(int error) => $"{Marshal.GetPInvokeErrorMessage(error)} (errno {error})";

    /// <summary>What the file is called by now, where the system tells: segments are opened under the name of a draft.</summary>
    private static string? PresentName(int descriptor)
    {
        try
        {
            return OperatingSystem.IsLinux()
                ? File.ResolveLinkTarget($"/proc/self/fd/{descriptor}", returnFinalTarget: false)?.FullName
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static delegate* unmanaged[Cdecl]<int, int> Find(string symbol)
    {
        if (OperatingSystem.IsWindows() || (symbol == "fdatasync" && OperatingSystem.IsMacOS())) return null;
        return (delegate* unmanaged[Cdecl]<int, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), symbol);
    }
}
