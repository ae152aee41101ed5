namespace Stork.Shared.Disk;

/// <summary>
/// Which errors of the operating system pass and which are a reason to mistrust the disk. Asked of everything that is done with files
/// except syncs: whatever a sync says, the kernel may have dropped what it did not write.
/// </summary>
internal static class DiskErrors
{
    // .NET puts the errno into the HResult on Unix, and 0x8007 with the error's code on Windows.
    private const int Interrupted = 4;
    private const int Again = 11;
    private const int MacAgain = 35;
    private const int NoMemory = 12;
    private const int FilesOfSystem = 23;
    private const int FilesOfProcess = 24;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int MacQuotaExceeded = 69;

    private const int WindowsPrefix = unchecked((int)0x80070000);
    private const int WindowsTooManyFiles = WindowsPrefix | 4;
    private const int WindowsNoMemory = WindowsPrefix | 8;
    private const int WindowsOutOfMemory = WindowsPrefix | 14;
    private const int WindowsSharingViolation = WindowsPrefix | 32;
    private const int WindowsHandleDiskFull = WindowsPrefix | 39;
    private const int WindowsDiskFull = WindowsPrefix | 112;
    private const int WindowsNoResources = WindowsPrefix | 1450;

    /// <summary>Whether what failed so may be tried again later.</summary>
    public static bool Passes(IOException failure) => Kind(failure.HResult) != Passing.Not;

    /// <summary>What to say of a failure that passes.</summary>
    public static DiskRefusedException Refusal(IOException failure, string doing, string path) => Kind(failure.HResult) == Passing.Full
        ? new DiskFullException($"No space is left for {doing} '{path}'.", failure)
        : new DiskBusyException(
            $"{char.ToUpperInvariant(doing[0])}{doing[1..]} '{path}' is not possible at the moment: {failure.Message}", failure);

    /// <summary>Whether a system call that failed so may be tried again later.</summary>
    public static bool IsBusy(int error) => Kind(error) == Passing.Busy;

    /// <summary>Does something with a file or a name, for which the system may lack the means.</summary>
    /// <exception cref="DiskRefusedException">It could not be done just now.</exception>
    public static T Guard<T>(string doing, string path, Func<string, T> work)
    {
        try
        {
            return work(path);
        }
        catch (IOException failure) when (Passes(failure))
        {
            throw Refusal(failure, doing, path);
        }
    }

    private static Passing Kind(int error)
    {
        if (OperatingSystem.IsWindows())
            return error switch
            {
                WindowsHandleDiskFull or WindowsDiskFull => Passing.Full,
                WindowsTooManyFiles or WindowsNoMemory or WindowsOutOfMemory or WindowsSharingViolation or WindowsNoResources =>
                    Passing.Busy,
                _ => Passing.Not,
            };
        if (error == NoSpace || error == (OperatingSystem.IsMacOS() ? MacQuotaExceeded : QuotaExceeded)) return Passing.Full;
        return error is Interrupted or NoMemory or FilesOfSystem or FilesOfProcess
            || error == (OperatingSystem.IsMacOS() ? MacAgain : Again)
            ? Passing.Busy
            : Passing.Not;
    }

    private enum Passing
    {
        Not,
        Full,
        Busy,
    }
}
