using System.Collections.Concurrent;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;
using Stork.Queues;

namespace Stork.Interop.Tests.WorkQueues;

/// <summary>Too much of everything: what a queue does then is bounded, and fair to the others.</summary>
public sealed class PressureTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_storm_of_refusals_holds_up_no_other_queue()
    {
        const int Jobs = 200;
        const int MaxFailures = 1000;
        await using var server = await StartAsync(options => options.ConfigureQueue("storm", q => q with { MaxFailures = MaxFailures }));
        await server.IO.Queue<string>("storm").EnqueueManyAsync([.. Enumerable.Range(0, Jobs).Select(n => $"storm {n}")]);
        await using var worker = await WorkAsync(server, "storm", 50, "nack", "0");

        await WaitAsync(async () => (await CountAsync(worker)).Given > 2 * Jobs, "the storm to be blowing");

        var done = new ConcurrentQueue<string>();
        server.IO.Queue<string>("calm").Consume((context, _) =>
        {
            done.Enqueue(context.Job);
            return Task.CompletedTask;
        });
        for (var i = 0; i < 50; i++)
        {
            await server.IO.Queue<string>("calm").EnqueueAsync($"calm {i}");
            await WaitAsync(() => done.Count > i, $"job {i} of the calm queue");
        }

        Unsettled(await NumbersAsync(server, "storm")).ShouldBeGreaterThan(0, "the storm has not ended yet");
        await worker.TellAsync("ack");
        await WaitAsync(async () => Unsettled(await NumbersAsync(server, "storm")) == 0, "the storm's jobs to be done");
        server.Log.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_job_is_refused_once_more_than_it_may_be_and_then_dead()
    {
        const int Jobs = 100;
        await using var server = await StartAsync(options => options.ConfigureQueue("storm", q => q with { MaxFailures = 4 }));
        await server.IO.Queue<string>("storm").EnqueueManyAsync([.. Enumerable.Range(0, Jobs).Select(n => $"storm {n}")]);
        await using var worker = await WorkAsync(server, "storm", 50, "nack", "0");
        await WaitAsync(async () => (await NumbersAsync(server, "storm")).DeadLettered == Jobs, "all to be dead");
        (await CountAsync(worker)).ShouldBe((5 * Jobs, Jobs));
    }

    [Fact]
    public async Task Refused_jobs_stay_away_for_their_backoff()
    {
        const int Jobs = 200;
        await using var server = await StartAsync(
            options => options.ConfigureQueue("storm", q => q with { Backoff = Hour, MaxBackoff = Hour }));
        await server.IO.Queue<string>("storm").EnqueueManyAsync([.. Enumerable.Range(0, Jobs).Select(n => $"storm {n}")]);
        await using var worker = await WorkAsync(server, "storm", 50, "nack");
        await WaitAsync(async () => (await NumbersAsync(server, "storm")).Scheduled == Jobs, "all to be refused");

        await worker.TellAsync("ack");
        await server.IO.Queue<string>("storm").EnqueueAsync("the next");
        await WaitAsync(async () => (await NumbersAsync(server, "storm")).Acked == 1, "the next to be done");
        (await CountAsync(worker)).ShouldBe((Jobs + 1, Jobs + 1));
        (await NumbersAsync(server, "storm")).Scheduled.ShouldBe(Jobs);
    }

    [Fact]
    public async Task A_key_that_waits_holds_up_its_own_jobs_only()
    {
        await using var server = await StartAsync();
        var queue = server.IO.Queue<string>("jobs");
        await queue.EnqueueManyAsync(
            [.. Enumerable.Range(0, 400).Select(n => $"job {n}")],
            job => new EnqueueOptions { Key = (int.Parse(job[4..]) % 4) switch { 0 => "slow", 1 => "fast", 2 => "other", _ => null } });
        await using var worker = await WorkAsync(server, "jobs", 4, "nack", $"{Hour.TotalMilliseconds}", "slow");
        await using var here = queue.Consume((context, stop) =>
            context.Key == "slow" ? context.NackAsync(Hour, cancellationToken: stop) : Task.CompletedTask);
        await WaitAsync(async () => (await NumbersAsync(server, "jobs")).Acked == 300, "the jobs of other keys and of none to be done");
        var numbers = await NumbersAsync(server, "jobs");
        (numbers.Scheduled, numbers.Ready, numbers.InFlight).ShouldBe((1, 99, 0), "the first of the key waits, the others wait for it");
    }

    [Fact]
    public async Task Very_many_jobs_for_one_instant_are_done_each_once_and_none_before()
    {
        const int Jobs = 200_000;
        const int Batch = 10_000;
        await using var server = await StartAsync();
        var queue = server.IO.Queue<int>("jobs");
        var at = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(3);
        var early = 0;
        var times = new byte[Jobs];
        await using var here = queue.Consume(
            (context, _) =>
            {
                // The store's clock has milliseconds.
                if (TimeProvider.System.GetUtcNow() < at - TimeSpan.FromMilliseconds(1)) Interlocked.Increment(ref early);
                times[context.Job]++;
                return Task.CompletedTask;
            },
            new QueueConsumerOptions { Concurrency = 8, Prefetch = 92 });
        await using var worker = await WorkAsync(server, "jobs", 50, "ack");
        for (var first = 0; first < Jobs; first += Batch)
            await queue.EnqueueManyAsync([.. Enumerable.Range(first, Batch)], _ => new EnqueueOptions { DeliverAt = at });

        var mostOut = 0;
        await WaitAsync(
            async () =>
            {
                var numbers = await NumbersAsync(server, "jobs");
                mostOut = Math.Max(mostOut, numbers.InFlight);
                return numbers.Acked == Jobs;
            },
            "all to be done");
        mostOut.ShouldBeLessThanOrEqualTo(100 + 50);
        early.ShouldBe(0);
        var (given, distinct) = await CountAsync(worker);
        given.ShouldBe(distinct);
        given.ShouldBeGreaterThan(0, "the client had its share");
        times.Sum(static count => count).ShouldBe(Jobs - given);
        times.ShouldAllBe(static count => count <= 1);
    }

    [Fact]
    public async Task Producers_are_refused_with_a_code_at_the_limit_and_let_in_again()
    {
        const int Producers = 3;
        const int Each = 60;
        const int Limit = 100;
        await NodePackages.RequireAsync();
        await using var server = await StartAsync(options => options.ConfigureQueue("jobs", q => q with { MaxMessages = Limit }));
        string[] arguments = ["fill.mjs", server.Url.ToString(), $"{Producers}", $"{Each}"];
        await using var producers = ChildProcess.Start("producers", "node", arguments, NodePackages.Directory);
        var report = await producers.NextAsync("handed in");
        report.GetProperty("stored").GetInt32().ShouldBe(Limit);
        report.GetProperty("refusals").EnumerateArray().ShouldHaveSingleItem().GetString().ShouldBe("queue_full 1000");

        var done = new ConcurrentBag<string>();
        await using var here = server.IO.Queue<string>("jobs").Consume((context, _) =>
        {
            done.Add(context.Job);
            return Task.CompletedTask;
        });
        await producers.TellAsync("again");
        await producers.NextAsync("all in");
        await WaitAsync(async () => (await NumbersAsync(server, "jobs")).Acked == Producers * Each, "all to be done");
        done.Distinct().Count().ShouldBe(Producers * Each);
        done.Count.ShouldBe(Producers * Each);
    }

    private static Task<TestServer> StartAsync(Action<SocketIOOptions>? configure = null) => TestServer.StartAsync(
        io =>
        {
            foreach (var queue in new[] { "storm", "jobs" })
            {
                var consumers = new SocketConsumerOptions { MaxInFlight = 50, Metadata = DeliveryMetadata.Trailing };
                io.MapQueue(queue).AllowConsumers(_ => ValueTask.FromResult(true), consumers);
            }

            io.MapQueue("jobs").FromEvent("job").AllowProducers(_ => ValueTask.FromResult(true));
        },
        options =>
        {
            options.DataDirectory = "memory";
            options.Store = new QueueStoreOptions { Durability = Durability.Memory };
            configure?.Invoke(options);
        });

    private static async Task<ChildProcess> WorkAsync(TestServer server, string queue, int maxInFlight, params string[] answer)
    {
        await NodePackages.RequireAsync();
        string[] arguments = ["obedient.mjs", server.Url.ToString(), queue, $"{maxInFlight}", .. answer];
        var worker = ChildProcess.Start($"worker of {queue}", "node", arguments, NodePackages.Directory);
        await worker.NextAsync("working");
        return worker;
    }

    private static async Task<(int Given, int Distinct)> CountAsync(ChildProcess worker)
    {
        await worker.TellAsync("count");
        var report = await worker.NextAsync("count");
        return (report.GetProperty("given").GetInt32(), report.GetProperty("distinct").GetInt32());
    }

    private static async Task<QueueStatistics> NumbersAsync(TestServer server, string queue) =>
        (await server.IO.Store!.Queue(queue).GetStatisticsAsync())!;

    private static int Unsettled(QueueStatistics numbers) => numbers.Ready + numbers.Scheduled + numbers.InFlight;

    private static Task WaitAsync(Func<bool> condition, string awaited) => WaitAsync(() => Task.FromResult(condition()), awaited);

    private static Task WaitAsync(Func<Task<bool>> condition, string awaited)
    {
        return Reached().Within(awaited);

        async Task Reached()
        {
            while (!await condition()) await Task.Yield();
        }
    }
}
