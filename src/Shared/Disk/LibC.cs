using System.Runtime.InteropServices;

namespace Stork.Shared.Disk;

internal static partial class LibC
{
    public const int ClockMonotonic = 1;

    /// <summary>As the monotonic one, but it goes on while the machine sleeps.</summary>
    public const int ClockBootTime = 7;

    /// <summary>For <see cref="Open"/>: read and write.</summary>
    public const int ReadWrite = 2;

    /// <summary>For <see cref="Open"/>: programs that this one starts do not get the descriptor.</summary>
    public static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Control(int descriptor, int command);

    /// <summary>What a clock of Linux says.</summary>
    public static long Milliseconds(int clock)
    {
        Span<nint> time = stackalloc nint[2];
        return GetTime(clock, time) == 0 ? ((long)time[0] * 1000) + (time[1] / 1_000_000) : 0;
    }

    /// <param name="clock">Which.</param>
    /// <param name="time">Seconds and nanoseconds.</param>
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [SuppressGCTransition]
    private static partial int GetTime(int clock, Span<nint> time);
}
