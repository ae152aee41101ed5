using System.Diagnostics;
using System.Globalization;
using Stork.Queues.Bench.Peers;

namespace Stork.Queues.Bench.Scenarios;

/// <summary>Opens a store in a process of its own, so that what is measured is the store's alone.</summary>
internal static class ChildProcess
{
    public const string Verb = "open";

    /// <param name="Seconds">How long it took to open.</param>
    /// <param name="HeapBytes">What the managed heap grew by, without the memory image of the active segment.</param>
    /// <param name="ResidentBytes">The most memory that the process had.</param>
    internal readonly record struct Opened(double Seconds, long HeapBytes, long ResidentBytes);

    public static Opened Open(string directory)
    {
        // Started as "dotnet X.dll", the process is the host's, and what it is to run comes first.
        var host = Environment.ProcessPath!;
        string[] arguments = Path.GetFileNameWithoutExtension(host) == "dotnet"
            ? [typeof(ChildProcess).Assembly.Location, Verb, directory]
            : [Verb, directory];
        using var child = Process.Start(new ProcessStartInfo(host, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        var said = child.StandardOutput.ReadToEnd().Split(' ');
        child.WaitForExit();
        return new Opened(
            double.Parse(said[0], CultureInfo.InvariantCulture),
            long.Parse(said[1], CultureInfo.InvariantCulture),
            long.Parse(said[2], CultureInfo.InvariantCulture));
    }

    /// <summary>What the child does.</summary>
    public static async Task RunAsync(string directory)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        await using var store = await QueueStore.OpenAsync(directory, StorkPeer.Options);
        var took = watch.Elapsed;
        var image = (long)StorkPeer.Options.SegmentSize;
        var heap = GC.GetTotalMemory(forceFullCollection: true) - before - image;
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds} {heap} {self.PeakWorkingSet64}"));
    }
}
