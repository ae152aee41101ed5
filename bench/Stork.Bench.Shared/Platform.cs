using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Stork.Bench.Shared;

/// <summary>What a figure depends on besides the code.</summary>
internal static class Platform
{
    private const string Unknown = "unknown";

    public static string Machine { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{Value("/proc/cpuinfo", "model name")}, {Environment.ProcessorCount} cores, {Memory()} MiB; "
        + $"{RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}");

    /// <summary>Results of earlier runs are no change of what is measured.</summary>
    public static string Commit { get; } = Output("git", "rev-parse", "--short=12", "HEAD")
        + (Output("git", "status", "--porcelain", "--", ":/", ":(exclude,top)bench/results") is "" or Unknown
            ? ""
            : " with uncommitted changes");

    private static long Memory()
    {
        var total = Value("/proc/meminfo", "MemTotal").Split(' ')[0];
        return long.TryParse(total, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes / 1024 : 0;
    }

    public static string Value(string path, string key) =>
        File.Exists(path)
            ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))
                    ?.Split(':', 2)[1].Trim() ?? Unknown
            : Unknown;

    public static string Output(string program, params string[] arguments)
    {
        try
        {
            return global::Stork.Bench.Shared.Machine.Run(program, arguments) ?? Unknown;
        }
        catch (Win32Exception)
        {
            return Unknown;
        }
    }
}
