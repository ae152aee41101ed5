using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Stork.Shared.Disk;

/// <summary>
/// Locks of files and directories on Unix, which end with the process. .NET has them too, but leaves them out silently where the file
/// system has none or an environment variable says so. As in <see cref="NativeSync"/>, a preloaded library can stand in for the call.
/// </summary>
internal static unsafe class NativeLock
{
    private const int Exclusive = 2;
    private const int DoNotWait = 4;
    private const int Unlock = 8;
    private const int Interrupted = 4;
    private const int WouldBlock = 11;
    private const int MacWouldBlock = 35;

    private static readonly delegate* unmanaged[Cdecl]<int, int, int> Lock = OperatingSystem.IsWindows()
        ? null
        : (delegate* unmanaged[Cdecl]<int, int, int>)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "flock");

    /// <summary>Locks what the handle stands for, for this handle alone.</summary>
    /// <param name="handle">An open file or directory.</param>
    /// <param name="error">Why it cannot be locked at all, if it cannot.</param>
    public static LockOutcome TryTake(SafeFileHandle handle, out string? error)
    {
        error = null;
        while (Lock((int)handle.DangerousGetHandle(), Exclusive | DoNotWait) != 0)
        {
            var code = Marshal.GetLastSystemError();
            if (code == Interrupted) continue;
            if (code == (OperatingSystem.IsMacOS() ? MacWouldBlock : WouldBlock)) return LockOutcome.Taken;
            error = $"{Marshal.GetPInvokeErrorMessage(code)} (errno {code})";
            return LockOutcome.Impossible;
        }

        return LockOutcome.Locked;
    }

    /// <summary>
    /// Gives the lock back. Closing alone would not do: a process that is being started has the descriptor too, for a moment.
    /// </summary>
    public static void Release(SafeFileHandle handle)
    {
        if (!handle.IsClosed) _ = Lock((int)handle.DangerousGetHandle(), Unlock);
    }
}
