using System.Globalization;
using Stork.Queues.Tests.Simulation;

namespace Stork.Queues.Tests;

/// <summary>
/// Seeded runs of the whole engine. STORK_SIM_SEEDS sets how many, STORK_SIM_SEED repeats one.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private static int Number(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
            : fallback;

    [Fact]
    public void Keeps_every_promise_in_thousands_of_seeded_runs()
    {
        var only = Environment.GetEnvironmentVariable("STORK_SIM_SEED");
        var first = only is null ? 1UL : ulong.Parse(only, CultureInfo.InvariantCulture);
        var count = only is null ? Number("STORK_SIM_SEEDS", 1500) : 1;
        long crashes = 0, delivered = 0, stored = 0, dropped = 0, snapshots = 0, removed = 0, beside = 0;
        for (var i = 0; i < count; i++)
        {
            var seed = first + (ulong)i;
            try
            {
                using var world = new SimWorld(seed);
                world.Run(seed % 10 == 0 ? 2000 : 250);
                crashes += world.Crashes;
                delivered += world.Delivered;
                stored += world.Stored;
                dropped += world.SegmentsDropped;
                snapshots += world.StartsFromSnapshots;
                removed += world.Removed;
                beside += world.SyncsBeside;
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed} failed; repeat it with STORK_SIM_SEED={seed}.", failure);
            }
        }

        output.WriteLine(
            $"{count} runs: {stored} messages stored, {delivered} deliveries, {crashes} crashes, {dropped} segments reclaimed, "
            + $"{removed} idle inboxes removed, {snapshots} starts from a snapshot, {beside} syncs beside the turns");
        stored.ShouldBeGreaterThan(0);
        crashes.ShouldBeGreaterThan(0);
        if (count > 100) removed.ShouldBeGreaterThan(0);
        if (count > 100) snapshots.ShouldBeGreaterThan(count);
        if (count > 100) beside.ShouldBeGreaterThan(count);
    }

    /// <summary>The simulation can fail: an engine that is wrong on purpose is caught.</summary>
    [Theory]
    [InlineData(1, "skips syncs")]
    [InlineData(2, "forgets records in recovery")]
    [InlineData(3, "gives ack ids out again after a restart")]
    [InlineData(4, "records an end of the log that is not durable")]
    public void Catches_a_planted_fault(int fault, string what)
    {
        const int Tries = 200;
        string? caught = null;
        for (var seed = 1UL; seed <= Tries && caught is null; seed++)
        {
            try
            {
                using var world = new SimWorld(seed, (PlantedFault)fault);
                world.Run(250);
            }
            catch (BrokenPromiseException broken)
            {
                caught = $"seed {seed}: {broken.Message}";
            }
            catch (Stork.Queues.Journal.JournalDamagedException damaged)
            {
                caught = $"seed {seed}: {damaged.Message}";
            }
        }

        output.WriteLine($"An engine that {what} was caught with {caught}");
        caught.ShouldNotBeNull($"an engine that {what} is caught within {Tries} runs");
    }
}
