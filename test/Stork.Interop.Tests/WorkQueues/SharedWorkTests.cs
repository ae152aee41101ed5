using System.Globalization;
using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Inboxes;
using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.WorkQueues;

/// <summary>C#, Node.js and Python share one queue, while networks fail, workers are stopped and killed,
/// and the server is killed.</summary>
public sealed class SharedWorkTests
{
    /// <summary>How many things go wrong; 100 and more for a long look.</summary>
    private const string RoundsVariable = "STORK_WORK_ROUNDS";

    /// <summary>How often the server is killed or stopped: ten of 13 times it is killed; 260 for 200 kills and 60 stops.</summary>
    private const string RestartsVariable = "STORK_RESTART_ROUNDS";

    /// <summary>Another number, other accidents.</summary>
    private const string SeedVariable = "STORK_WORK_SEED";

    private const int ProgressInLines = 60;

    [Fact]
    public async Task Every_job_is_done_and_nobody_has_one_or_its_key_beside_another_whatever_fails()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux, where all processes share one clock.");
        await NodePackages.RequireAsync();
        await PythonClientTests.RequireAsync();
        var rounds = Number(RoundsVariable, 28);
        var seed = Number(SeedVariable, 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{SeedVariable}={seed} {RoundsVariable}={rounds}");
        await using var server = new DurableServer("work");
        await server.StartAsync();
        await using var network = new TcpProxy(server.Port);
        await using var producersNetwork = new TcpProxy(server.Port);
        await using var producer = ChildProcess.Start(
            "producer", "node", ["hand-in.mjs", producersNetwork.Url.ToString()], NodePackages.Directory);
        await using var workers = await Workforce.StartAsync(network.Url, server.Directory);

        var random = new Random(seed);
        for (var round = 0; round < rounds; round++)
        {
            network.Delay = TimeSpan.FromMilliseconds(random.Next(3) == 0 ? 10 : 0);
            await workers.ProgressAsync(ProgressInLines);
            // Each kind in turn, in an order of the seed's.
            if (random.Next(2) == 0) producersNetwork.CutAfter(fromServer: random.Next(2) == 0, random.Next(2_000));
            await FailAsync((round + seed) % 7, random, server, network, workers);
        }

        network.Delay = TimeSpan.Zero;
        var (stored, numbers) = await FinishAsync(server, producer, workers);
        Check(stored, numbers, new WorkLedger(workers.Logs), rounds);
    }

    [Fact]
    public async Task Every_job_is_done_and_none_again_that_was_done_before_a_stop_however_often_the_server_is_killed_and_stopped()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux, where all processes share one clock.");
        await NodePackages.RequireAsync();
        await PythonClientTests.RequireAsync();
        var rounds = Number(RestartsVariable, 8);
        var seed = Number(SeedVariable, 1);
        TestContext.Current.TestOutputHelper?.WriteLine($"{SeedVariable}={seed} {RestartsVariable}={rounds}");
        await using var server = new DurableServer("work");
        await server.StartAsync();
        await using var network = new TcpProxy(server.Port);
        await using var producer = ChildProcess.Start("producer", "node", ["hand-in.mjs", network.Url.ToString()], NodePackages.Directory);
        await using var workers = await Workforce.StartAsync(network.Url, server.Directory);
        var random = new Random(seed);
        var (kills, stops) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            await workers.ProgressAsync(random.Next(5, ProgressInLines));
            var isKilled = ((round * 7) + seed) % 13 < 10;
            if (isKilled) await server.KillAsync();
            else await server.StopAsync();
            _ = isKilled ? kills++ : stops++;
            await server.StartAsync();
        }

        var (stored, numbers) = await FinishAsync(server, producer, workers);
        var ledger = new WorkLedger(workers.Logs);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kills} kills, {stops} stops, {stored.Count} jobs, {ledger.Given.Count} times given");
        ledger.Boots.ShouldBe(1 + rounds);
        ledger.Stops.ShouldBe(stops);
        Check(stored, numbers, ledger, rounds);
        ledger.CheckStops();
    }

    private static async Task<(List<string> Stored, JsonElement Numbers)> FinishAsync(
        DurableServer server, ChildProcess producer, Workforce workers)
    {
        await producer.TellAsync("finish");
        await producer.NextAsync("running");
        var stored = (await producer.NextAsync("finished")).GetProperty("stored").EnumerateArray().Select(id => id.GetString()!).ToList();
        var numbers = await SettledAsync(server);
        workers.CheckRunning();
        return (stored, numbers);
    }

    private static async Task FailAsync(int kind, Random random, DurableServer server, TcpProxy network, Workforce workers)
    {
        switch (kind)
        {
            case 0:
                network.Cut();
                break;
            case 1:
                network.CutAfter(fromServer: random.Next(2) == 0, random.Next(2_000));
                break;
            case 2:
                network.HalfClose();
                break;
            case 3:
                // The server's own consumer and the producer go on meanwhile.
                network.Stall();
                await workers.ProgressAsync(random.Next(ProgressInLines, 6 * ProgressInLines));
                network.Resume();
                break;
            case 4:
                var stopped = await workers.StopOneAsync(random);
                await workers.ProgressAsync(random.Next(ProgressInLines, 8 * ProgressInLines));
                await stopped.ContinueAsync();
                break;
            case 5:
                await workers.KillOneAsync(random);
                break;
            default:
                await server.KillAsync();
                await server.StartAsync();
                break;
        }
    }

    private static async Task<JsonElement> SettledAsync(DurableServer server)
    {
        using var http = new HttpClient { BaseAddress = server.Url };
        return await Settled().Within("all jobs to be done");

        async Task<JsonElement> Settled()
        {
            while (true)
            {
                var numbers = JsonElement.Parse(await http.GetStringAsync(new Uri("jobs", UriKind.Relative)));
                if (Of("ready") + Of("scheduled") + Of("inFlight") == 0) return numbers;
                await Task.Yield();

                long Of(string name) => numbers.GetProperty(name).GetInt64();
            }
        }
    }

    private static void Check(List<string> stored, JsonElement numbers, WorkLedger ledger, int rounds)
    {
        stored.Count.ShouldBeGreaterThan(rounds, "there was something to do");
        ledger.Boots.ShouldBeGreaterThanOrEqualTo(1 + (rounds / 7));
        ledger.Disconnections.ShouldBeGreaterThan(rounds / 7);
        ledger.Given.Select(hand => hand.Owner == "server").Distinct().Count().ShouldBe(2, "server and clients shared the work");

        // A job is stored once however often it was handed in, and done.
        stored.ShouldBeUnique();
        var done = ledger.Done;
        stored.Where(job => !done.Contains(job)).ShouldBeEmpty("what has a receipt is done");
        done.Where(job => !stored.Contains(job)).ShouldBeEmpty("nothing else is");
        Of("enqueued").ShouldBe(stored.Count);
        Of("acked").ShouldBe(stored.Count);
        foreach (var other in new[] { "expired", "dropped", "deadLettered", "purged", "redriven" }) Of(other).ShouldBe(0, other);

        ledger.CheckExclusion();
        ledger.CheckOrder();

        long Of(string name) => numbers.GetProperty(name).GetInt64();
    }

    private static int Number(string variable, int usual) =>
        int.Parse(Environment.GetEnvironmentVariable(variable) ?? $"{usual}", CultureInfo.InvariantCulture);
}
