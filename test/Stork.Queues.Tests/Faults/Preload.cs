using System.Diagnostics;

namespace Stork.Queues.Tests.Faults;

/// <summary>Libraries that stand in for calls of the operating system.</summary>
internal static class Preload
{
    private const string Compiler = "/usr/bin/cc";

    /// <summary>Compiles one; the test is skipped where that cannot be done.</summary>
    /// <returns>What LD_PRELOAD is to be.</returns>
    public static async Task<string> BuildAsync(string directory, string source)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Compiler), "needs Linux and a C compiler");
        Directory.CreateDirectory(directory);
        var (text, library) = (Path.Combine(directory, "shim.c"), Path.Combine(directory, "shim.so"));
        await File.WriteAllTextAsync(text, source);
        using var process = Process.Start(new ProcessStartInfo(Compiler, ["-shared", "-fPIC", "-o", library, text])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
        })!;
        var errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, errors);
        return library;
    }
}
