namespace Stork.Recovery.Journal;

/// <summary>
/// Tells one run of the machine from the next. What a process handed to the operating system survives the end of the process, but without
/// a sync not the end of the machine's run: after that, a journal that was not closed in order may lack its last records
/// without showing it.
/// </summary>
internal static class BootId
{
    private const string LinuxPath = "/proc/sys/kernel/random/boot_id";

    /// <summary>The same for all processes until the machine starts anew; empty where that is not known.</summary>
    public static string Current { get; } = Read();

    private static string Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? File.ReadAllText(LinuxPath).Trim() : "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
