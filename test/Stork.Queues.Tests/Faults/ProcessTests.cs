using System.Globalization;

namespace Stork.Queues.Tests.Faults;

/// <summary>Real processes and real files. STORK_KILL_ROUNDS sets how often the sample is killed.</summary>
public sealed class ProcessTests(ITestOutputHelper output) : IDisposable
{
    private const int UsualRounds = 12;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-kill-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Loses_and_doubles_nothing_when_the_process_is_killed_at_random_moments()
    {
        var rounds = Child.Rounds(UsualRounds);
        var random = new Random(20261120);
        long told = 0;
        for (var round = 0; round < rounds; round++)
        {
            using var process = Start("fast");
            var until = 1 + random.Next(150);
            for (var lines = 0; lines < until; lines++)
            {
                var line = await process.ReadLineAsync("a line of the sample");
                if (line is null)
                    throw new InvalidOperationException(
                        $"The sample ended by itself in round {round}: {(await process.EndAsync()).Errors}");
                if (line.StartsWith("stored ", StringComparison.Ordinal)) told = long.Parse(line.AsSpan(7), CultureInfo.InvariantCulture);
            }

            process.Kill();
            await process.EndAsync();
        }

        using var check = Start("check");
        var result = await check.ReadLineAsync("the sample's count") ?? "";
        var (code, errors) = await check.EndAsync();
        output.WriteLine($"{rounds} kills, {told} jobs acknowledged to the producer; {result}");
        code.ShouldBe(0, result + errors);
        long.Parse(result.Split(' ', ',')[1], CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(
            told, "what the producer was told is there");
    }

    private Child Start(string how) => new(["--data", _directory, how], "QueueOnly.dll");
}
