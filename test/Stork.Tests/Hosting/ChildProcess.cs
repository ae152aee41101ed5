using System.Diagnostics;

namespace Stork.Tests.Hosting;

/// <summary>A process of its own for a test that counts or uses up what others in the same process need as well.</summary>
internal static class ChildProcess
{
    /// <summary>Runs one explicit test of this assembly. It passes if that passes.</summary>
    /// <param name="test">The method's name, with its class.</param>
    /// <param name="descriptors">How many descriptors it may open; the system's limit if null.</param>
    public static async Task RunTestAsync(string test, int? descriptors = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are counted and limited on Linux only.");
        var start = new ProcessStartInfo("/bin/sh")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (descriptors is not null)
        {
            // Threads of the runtime's own, which need a descriptor when they begin, would begin whenever they like: those that compile
            // once more what runs often, and that collect garbage beside the others.
            start.Environment["DOTNET_TieredCompilation"] = "0";
            start.Environment["DOTNET_gcConcurrent"] = "0";
        }

        start.ArgumentList.Add("-c");
        start.ArgumentList.Add((descriptors is null ? "" : $"ulimit -n {descriptors}; ") + "exec \"$0\" \"$@\"");
        var program = Environment.ProcessPath!;
        start.ArgumentList.Add(program);
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(typeof(ChildProcess).Assembly.Location);
        foreach (var argument in new[] { "-explicit", "only", "-method", "*." + test }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            // Several things in there may each take as long as a test waits.
            await process.WaitForExitAsync().WaitAsync(10 * Patience.Limit);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }

        process.ExitCode.ShouldBe(0, await output + await errors);
        (await output).ShouldContain("Total: 1");
    }
}
