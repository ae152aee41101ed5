using System.Net.Http.Json;
using System.Text.Json;
using Stork.Interop.Tests.Inboxes;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.WorkQueues;

/// <summary>A job whose handler ends the server's process, and somebody who starts it again each time.</summary>
public sealed class PoisonTests
{
    private const int MaxFailures = 2;
    private const int Bystanders = 300;

    [Theory]
    [InlineData("fail fast")]
    [InlineData("kill")]
    public async Task A_job_that_kills_the_server_is_isolated_and_dies_at_its_limit_and_what_runs_beside_it_is_not_counted(string poison)
    {
        await using var server = new DurableServer("work");
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = server.Url };
        await HandInAsync("bystanders", [.. Enumerable.Range(0, Bystanders).Select(n => $"bystander-{n}")]);
        var good = Enumerable.Range(0, 20).Select(n => $"good-{n}").ToList();
        await HandInAndMayDieAsync("fragile", [.. good.Take(10), poison, .. good.Skip(10)]);

        // It comes once more than it may fail; a loop would go on, and the last start would end as well.
        for (var life = 1; life <= MaxFailures; life++)
        {
            await server.EndAsync();
            server.Begin();
        }

        await server.EndAsync();
        await server.StartAsync();

        await Waiting(async () => await CountAsync("fragile", "acked") == 20, "the good jobs to be done");
        await Waiting(async () => await CountAsync("bystanders", "acked") == Bystanders, "the bystanders to be done");
        var dead = JsonElement.Parse(await http.GetStringAsync(new Uri("fragile/dead", UriKind.Relative)));
        var letter = dead.EnumerateArray().ShouldHaveSingleItem().GetProperty("deadLetter");
        letter.GetProperty("reason").GetInt32().ShouldBe((int)Queues.DeadLetterReason.PoisonCrash);
        letter.GetProperty("failureCount").GetInt32().ShouldBe(MaxFailures + 1);
        (await CountAsync("bystanders", "deadLettered")).ShouldBe(0);

        var log = File.ReadAllLines(Path.Combine(server.Directory, "log.txt")).Select(line => line.Split(' ', 2)[1]).ToList();
        log.Count(line => line.StartsWith($"fragile {poison}", StringComparison.Ordinal)).ShouldBe(MaxFailures + 1);
        // Whoever ran when the process died for the first time may have been the one. From then on it is known.
        var firstEnd = log.FindIndex(1, line => line == "boot");
        var others = log.Skip(firstEnd)
            .Where(line => line != "boot" && !line.StartsWith($"fragile {poison}", StringComparison.Ordinal)).ToList();
        var counted = others.Where(line => !line.EndsWith(" 0", StringComparison.Ordinal)).ToList();
        counted.ShouldAllBe(line => line.EndsWith(" 1", StringComparison.Ordinal));
        counted.Distinct().Count().ShouldBeLessThanOrEqualTo(7, "what both consumers had beside it");

        async Task HandInAsync(string queue, string[] jobs) =>
            (await http.PostAsJsonAsync(new Uri(queue, UriKind.Relative), jobs)).EnsureSuccessStatusCode();

        async Task HandInAndMayDieAsync(string queue, string[] jobs)
        {
            try
            {
                await HandInAsync(queue, jobs);
            }
            catch (HttpRequestException)
            {
                // The jobs were stored, and the poison was quicker than the answer.
            }
        }

        async Task<int> CountAsync(string queue, string what) =>
            JsonElement.Parse(await http.GetStringAsync(new Uri(queue, UriKind.Relative))).GetProperty(what).GetInt32();
    }

    private static async Task Waiting(Func<Task<bool>> condition, string awaited)
    {
        await Reached().Within(awaited);

        async Task Reached()
        {
            while (!await condition()) await Task.Yield();
        }
    }
}
