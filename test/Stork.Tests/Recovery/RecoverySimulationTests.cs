using System.Globalization;
using Stork.Tests.Recovery.Simulation;

namespace Stork.Tests.Recovery;

/// <summary>Seeded runs of the recovery log over a disk that forgets. STORK_SIM_SEEDS sets how many, STORK_SIM_SEED repeats one.</summary>
public sealed class RecoverySimulationTests(ITestOutputHelper output)
{
    private const int Steps = 250;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Keeps_every_promise_in_hundreds_of_seeded_runs_also_where_names_cannot_be_synced(bool canSyncNames)
    {
        var only = Environment.GetEnvironmentVariable("STORK_SIM_SEED");
        var first = only is null ? 1UL : ulong.Parse(only, CultureInfo.InvariantCulture);
        var count = only is null ? Number("STORK_SIM_SEEDS", 300) : 1;
        int recovered = 0, replayed = 0, refused = 0, crashes = 0;
        for (var i = 0; i < count; i++)
        {
            var seed = first + (ulong)i;
            var world = new RecoveryWorld(seed, canSyncNames: canSyncNames);
            try
            {
                world.Run(Steps);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed} failed; repeat it with STORK_SIM_SEED={seed}.", failure);
            }

            recovered += world.Recovered;
            replayed += world.Replayed;
            refused += world.Refused;
            crashes += world.Crashes;
        }

        output.WriteLine(
            $"{count} runs: {recovered} clients recovered with {replayed} missed events, {refused} connected anew, {crashes} crashes");
        recovered.ShouldBeGreaterThan(count);
        replayed.ShouldBeGreaterThan(count);
        if (count <= 100) return;
        (crashes, refused).ShouldSatisfyAllConditions(() => crashes.ShouldBeGreaterThan(count), () => refused.ShouldBeGreaterThan(0));
    }

    /// <summary>The simulation can fail: a log or a disk that is wrong on purpose is caught.</summary>
    [Theory]
    [InlineData(RecoveryFault.SkipSyncs, "does not sync what it closes")]
    [InlineData(RecoveryFault.SkipNameSyncs, "does not sync names")]
    [InlineData(RecoveryFault.TrustOtherRuns, "believes what was written before a power cut")]
    [InlineData(RecoveryFault.TellBeforeWriting, "sends events before it writes them")]
    [InlineData(RecoveryFault.IgnoreChecksums, "ignores checksums")]
    public void Catches_a_planted_fault(RecoveryFault fault, string what)
    {
        const int Tries = 200;
        string? caught = null;
        for (var seed = 1UL; seed <= Tries && caught is null; seed++)
        {
            try
            {
                new RecoveryWorld(seed, fault).Run(Steps);
            }
            catch (BrokenPromiseException broken)
            {
                caught = $"seed {seed}: {broken.Message}";
            }
        }

        output.WriteLine($"A log that {what} was caught with {caught}");
        caught.ShouldNotBeNull($"a log that {what} is caught within {Tries} runs");
    }

    private static int Number(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value : fallback;
}
