using System.Globalization;
using Stork.Queues.Tests.Simulation;

namespace Stork.Queues.Tests;

/// <summary>
/// Seeded runs of the whole engine. STORK_SIM_SEEDS sets how many, STORK_SIM_SEED repeats one.
/// </summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    private static int Number(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : fallback;

    [Fact]
    public void Keeps_every_promise_in_thousands_of_seeded_runs()
    {
        var only = Environment.GetEnvironmentVariable("STORK_SIM_SEED");
        var first = only is null ? 1UL : ulong.Parse(only, CultureInfo.InvariantCulture);
        var count = only is null ? Number("STORK_SIM_SEEDS", 2000) : 1;
        long crashes = 0, delivered = 0, stored = 0, dropped = 0;
        for (var i = 0; i < count; i++)
        {
            var seed = first + (ulong)i;
            try
            {
                using var world = new SimWorld(seed);
                world.Run(300);
                crashes += world.Crashes;
                delivered += world.Delivered;
                stored += world.Stored;
                dropped += world.SegmentsDropped;
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed} failed; repeat it with STORK_SIM_SEED={seed}.", failure);
            }
        }

        output.WriteLine($"{count} runs: {stored} messages stored, {delivered} deliveries, {crashes} crashes, {dropped} segments reclaimed");
        stored.ShouldBeGreaterThan(0);
        crashes.ShouldBeGreaterThan(0);
    }
}
