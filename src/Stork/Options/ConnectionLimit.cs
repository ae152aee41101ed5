using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Stork.Options;

/// <summary>
/// How many connections fit the file descriptors that this process may have. Each takes one; what is left over is for the store, which
/// opens files while it works, for the runtime, which has two for each assembly, and for requests of other kinds.
/// </summary>
internal static partial class ConnectionLimit
{
    /// <summary>Without a limit of the system, or with a very high one.</summary>
    private const int Most = 1_000_000;

    /// <summary>Left over besides what is open already.</summary>
    private const int Reserve = 128;

    /// <summary>The part of very many that is left over as well: a large store has many files.</summary>
    private const int ReservedShare = 16;

    private const int Descriptors = 7;
    private const int MacDescriptors = 8;

    /// <summary>
    /// What the process may have; null: no limit is known. .NET raises it, as it starts, to the most that the system allows it.
    /// </summary>
    public static long? DescriptorLimit { get; } = ReadLimit();

    public static int Default { get; } = Fitting(DescriptorLimit, CountOpen());

    /// <summary>Connections that leave enough descriptors for all else.</summary>
    /// <param name="descriptors">What the process may have; null: any number.</param>
    /// <param name="open">What it has without connections.</param>
    public static int Fitting(long? descriptors, int open) =>
        descriptors is { } limit ? (int)Math.Clamp(limit - open - Reserve - (limit / ReservedShare), 1, Most) : Most;

    /// <summary>Says what holds, and warns if it does not fit.</summary>
    public static void Report(ILogger logger, int maxConnections)
    {
        if (DescriptorLimit is not { } limit) Log.Unlimited(logger, maxConnections);
        else if (maxConnections <= Default) Log.Limits(logger, maxConnections, limit, limit - maxConnections);
        else Log.LimitsDoNotFit(logger, maxConnections, limit, Default);
    }

    private static int CountOpen()
    {
        const string OfThisProcess = "/dev/fd";
        try
        {
            return Directory.Exists(OfThisProcess) ? Directory.GetFileSystemEntries(OfThisProcess).Length : 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long? ReadLimit()
    {
        if (OperatingSystem.IsWindows() || !Environment.Is64BitProcess) return null;
        if (GetLimit(OperatingSystem.IsMacOS() ? MacDescriptors : Descriptors, out var limits) != 0) return null;
        // "Unlimited" is the highest number, on some systems the highest that is positive.
        return limits.Soft < long.MaxValue ? (long)limits.Soft : null;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int GetLimit(int resource, out Limits limits);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limits
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
