using System.Diagnostics;
using Stork.Queues.Journal;
using Stork.Queues.Tests.Faults;

namespace Stork.Queues.Tests;

/// <summary>What the operating system really does: faults and traces from outside the process.</summary>
public sealed class PreloadTests : IDisposable
{
    private const string Shim = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        static int left = -1;
        int fdatasync(int fd) {
            if (left < 0) left = atoi(getenv("STORK_SYNCS"));
            if (left-- <= 0) { errno = EIO; return -1; }
            return (int)syscall(SYS_fdatasync, fd);
        }
        """;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-preload-" + Guid.NewGuid().ToString("N"));

    public PreloadTests() => Directory.CreateDirectory(_directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Fails_and_acknowledges_nothing_more_when_a_sync_says_EIO()
    {
        var library = await Preload.BuildAsync(_directory, Shim);
        var (code, output) = await RunAsync(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "QueueOnly.dll"), "--data", Path.Combine(_directory, "data"), "fast"],
            [("LD_PRELOAD", library), ("STORK_SYNCS", "40")]);
        code.ShouldNotBe(0, "the sample ends with the store's failure");
        output.ShouldContain("stored 1\n");
        var segment = Path.Combine(_directory, "data", "00", JournalFormat.SegmentName(1));
        output.ShouldContain($"Syncing '{segment}' failed: Input/output error (errno 5)");
        var stored = output.Split('\n').Count(static l => l.StartsWith("stored ", StringComparison.Ordinal));
        stored.ShouldBeLessThan(40, "no acknowledgement without a sync");
    }

    [Fact]
    public async Task Syncs_before_it_tells_the_producer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/strace"), "needs Linux and strace");
        var trace = Path.Combine(_directory, "trace");
        using var process = Start(
            "/usr/bin/strace",
            ["-f", "-qq", "-s", "16", "-e", "trace=fdatasync,write,pwrite64", "-o", trace,
                "dotnet", Path.Combine(AppContext.BaseDirectory, "QueueOnly.dll"), "--data", Path.Combine(_directory, "data"), "fast"],
            []);
        for (var seen = 0; seen < 20;)
        {
            var line = await process.StandardOutput.ReadLineAsync();
            line.ShouldNotBeNull("the sample goes on");
            if (line.StartsWith("stored ", StringComparison.Ordinal)) seen++;
        }

        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();

        var synced = 0;
        var told = 0;
        foreach (var line in await File.ReadAllLinesAsync(trace))
        {
            // "12 fdatasync(30) = 0", or in two parts when another thread came between.
            if (line.Contains("fdatasync", StringComparison.Ordinal) && line.TrimEnd().EndsWith("= 0", StringComparison.Ordinal)) synced++;
            if (!line.Contains("\"stored ", StringComparison.Ordinal)) continue;
            synced.ShouldBeGreaterThan(told, "each acknowledgement has a sync of its own before it, as the producer waits for it: " + line);
            told++;
        }

        told.ShouldBeGreaterThanOrEqualTo(20);
    }

    private static async Task<(int Code, string Output)> RunAsync(
        string program, string[] arguments, (string Name, string Value)[] environment)
    {
        using var process = Start(program, arguments, environment);
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    private static Process Start(string program, string[] arguments, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start) ?? throw new InvalidOperationException($"'{program}' does not start.");
    }
}
