using System.Globalization;

namespace Stork.Queues.Tests.Faults;

/// <summary>
/// Processes that end with SIGKILL at a named point. STORK_KILL_ROUNDS sets how many; each meets the directory as the one before left it.
/// </summary>
public sealed class KillTests(ITestOutputHelper output) : IDisposable
{
    /// <summary>Four for each point.</summary>
    private const int UsualRounds = 116;

    /// <summary>Directories that live their lives side by side, to use the time in which a process starts.</summary>
    private const int Lives = 2;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-kills-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Keeps_every_promise_when_the_process_is_killed_at_named_points()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGKILL");
        var rounds = Child.Rounds(UsualRounds);
        var lives = await Task.WhenAll(Enumerable.Range(0, Lives).Select(life => LiveAsync(life, rounds / Lives)));
        foreach (var point in Enum.GetValues<FaultPoint>())
            output.WriteLine($"{point}: {lives.Sum(life => life.Kills[(int)point])} kills");
        output.WriteLine(
            $"{lives.Sum(static l => l.Ledger.Told)} messages told as stored, {lives.Sum(static l => l.Ledger.Delivered)} deliveries, "
            + $"{lives.Sum(static l => l.Ledger.Done)} told as done");
        lives.ShouldAllBe(static life => life.Ledger.Told > 0 && life.Ledger.Done > 0);
    }

    [Theory]
    [InlineData("stored 1 {0}")]
    [InlineData("done {1} 0")]
    [InlineData("got {1} {2}")]
    public async Task Notices_when_what_was_told_is_not_so(string untruth)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs SIGKILL");
        var ledger = new KillLedger(_directory);
        using var child = new Child([KillChild.Command, _directory, nameof(FaultPoint.AfterTold), "30", "0", "0", "0"]);
        var ackId = "";
        while (await child.ReadLineAsync("the end of the process") is { } line)
        {
            ledger.Note(line);
            if (line.StartsWith("got ", StringComparison.Ordinal)) ackId = line.Split(' ')[2];
        }

        (await child.EndAsync()).Code.ShouldBe(Child.Killed);
        await ledger.CheckAsync(_directory + "-copy");
        // Far beyond what the killed process may have stored without having told.
        var next = ledger.Last[1] + 1_000;
        await Assert.ThrowsAsync<ShouldAssertException>(async () =>
        {
            ledger.Note(string.Format(CultureInfo.InvariantCulture, untruth, next, KillChild.Id(1, next), ackId));
            await ledger.CheckAsync(_directory + "-untrue");
        });
        if (Directory.Exists(_directory + "-untrue")) Directory.Delete(_directory + "-untrue", recursive: true);
    }

    private async Task<(KillLedger Ledger, int[] Kills)> LiveAsync(int life, int rounds)
    {
        var directory = Path.Combine(_directory, "life" + life);
        var points = Enum.GetValues<FaultPoint>();
        var random = new Random(20261120 + life);
        var ledger = new KillLedger(directory);
        var kills = new int[points.Length];
        for (var round = 0; round < rounds; round++)
        {
            var point = points[((round * Lives) + life) % points.Length];
            var hit = 1 + random.Next(MostHits(point));
            using var child = new Child(
                [KillChild.Command, directory, point.ToString(), hit.ToString(CultureInfo.InvariantCulture),
                    .. ledger.Last.Select(static n => n.ToString(CultureInfo.InvariantCulture))]);
            while (await child.ReadLineAsync($"the end of round {round}, {point} {hit}") is { } line) ledger.Note(line);
            var (code, errors) = await child.EndAsync();
            code.ShouldBe(Child.Killed, $"round {round}: killed at {point} {hit}: {errors}");
            kills[(int)point]++;
            await ledger.CheckAsync(directory + "-copy");
        }

        return (ledger, kills);
    }

    /// <summary>How late in its life a process is killed: points that come seldom are met early.</summary>
    private static int MostHits(FaultPoint point) => point switch
    {
        FaultPoint.Anything => 300,
        FaultPoint.Recovering => 4,
        FaultPoint.BeforeWrite or FaultPoint.HalfWrite or FaultPoint.AfterWrite or FaultPoint.BeforeSync or FaultPoint.AfterSync => 60,
        FaultPoint.BeforeEnd or FaultPoint.HalfEnd or FaultPoint.AfterEnd => 60,
        FaultPoint.BeforeTold or FaultPoint.AfterTold or FaultPoint.InHandler or FaultPoint.BeforeSettle or FaultPoint.AfterSettle => 60,
        FaultPoint.BeforeDirectorySync or FaultPoint.AfterDirectorySync => 3,
        FaultPoint.BeforeCopy or FaultPoint.AfterCopy => 2,
        FaultPoint.BeforeDelete or FaultPoint.AfterDelete => 1,
        _ => 2,
    };
}
