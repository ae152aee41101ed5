using System.Diagnostics;

namespace Stork.Queues.Bench.Compare;

/// <summary>The command <c>compare</c>.</summary>
internal static class CompareCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = CompareOptions.Parse(arguments);
        if (Directory.Exists(options.Directory)) Directory.Delete(options.Directory, recursive: true);
        Directory.CreateDirectory(options.Directory);
        var disk = new DriveInfo(options.Directory).DriveFormat;
        if (disk is "tmpfs" or "ramfs")
            throw new ArgumentException($"{options.Directory} is in memory ({disk}); choose a disk with --directory");
        var started = TimeProvider.System.GetLocalNow();
        var watch = Stopwatch.StartNew();
        var comparison = new Comparison(options);
        await comparison.RunAsync();
        Directory.Delete(options.Directory, recursive: true);
        var report = new CompareReport(comparison, options, started, watch.Elapsed, disk);
        Console.WriteLine();
        Console.Write(report.Markdown());
        if (options.Results is not null) Console.WriteLine($"\nWritten to {report.Write(options.Results)}.md and .json");
        return comparison.Results.Any(static result => result.Failure is not null) ? 2 : 0;
    }
}
