using System.Diagnostics;
using System.Globalization;

namespace Stork.Queues.Tests;

/// <summary>Real processes and real files. STORK_KILL_ROUNDS sets how often the sample is killed.</summary>
public sealed class ProcessTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-kill-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Loses_and_doubles_nothing_when_the_process_is_killed_at_random_moments()
    {
        var rounds = int.TryParse(Environment.GetEnvironmentVariable("STORK_KILL_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? asked : 12;
        var random = new Random(20261120);
        long told = 0;
        for (var round = 0; round < rounds; round++)
        {
            using var process = Start();
            var until = 1 + random.Next(150);
            for (var lines = 0; lines < until; lines++)
            {
                var line = await process.StandardOutput.ReadLineAsync();
                if (line is null) throw new InvalidOperationException($"The sample ended by itself in round {round}: {await process.StandardError.ReadToEndAsync()}");
                if (line.StartsWith("stored ", StringComparison.Ordinal)) told = long.Parse(line.AsSpan(7), CultureInfo.InvariantCulture);
            }

            process.Kill();
            await process.WaitForExitAsync();
        }

        using var check = Start("check");
        var result = await check.StandardOutput.ReadToEndAsync();
        await check.WaitForExitAsync();
        output.WriteLine($"{rounds} kills, {told} jobs acknowledged to the producer; {result}");
        check.ExitCode.ShouldBe(0, result + await check.StandardError.ReadToEndAsync());
        long.Parse(result.Split(' ', ',')[1], CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(told, "what the producer was told is there");
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Workers.dll"));
        start.ArgumentList.Add(_directory);
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start) ?? throw new InvalidOperationException("The sample does not start.");
    }
}
