using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class ConsumerTests
{
    [Fact]
    public async Task Makes_a_consumer_for_each_job_from_a_scope_of_its_own()
    {
        var journal = new Journal();
        await using var app = await QueueApp.StartAsync(services: s =>
        {
            s.AddSingleton(journal).AddScoped<Scoped>();
            s.AddQueueConsumer<Recorder>("thumbnails", o => o.Concurrency = 1);
        });
        await app.IO.Queue<Thumbnail>("thumbnails").EnqueueManyAsync([new("a"), new("b")]);
        await app.Until("thumbnails", s => s.Acked == 2, "both jobs were done");
        journal.ShouldBe(["consumed a", "consumer disposed", "scope disposed", "consumed b", "consumer disposed", "scope disposed"]);
    }

    [Fact]
    public async Task Shares_jobs_among_competing_consumers_each_once()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var done = new ConcurrentBag<(int Consumer, int Job)>();
        foreach (var consumer in Enumerable.Range(0, 3))
        {
            queue.Consume(
                async (context, stop) =>
                {
                    done.Add((consumer, context.Job));
                    await Task.Yield();
                },
                new QueueConsumerOptions { Concurrency = 2 });
        }

        for (var i = 0; i < 10; i++) await queue.EnqueueManyAsync([.. Enumerable.Range(i * 100, 100)]);
        await app.Until("numbers", s => s.Acked == 1000, "all jobs were done");
        done.Select(d => d.Job).Order().ShouldBe(Enumerable.Range(0, 1000));
        done.Select(d => d.Consumer).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task Runs_as_many_handlers_at_once_as_it_was_told()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var (running, most) = (0, 0);
        var all = new TaskCompletionSource();
        queue.Consume(
            async (_, _) =>
            {
                var now = Interlocked.Increment(ref running);
                lock (all) most = Math.Max(most, now);
                if (now == 3) all.TrySetResult();
                await all.Task;
                Interlocked.Decrement(ref running);
            },
            new QueueConsumerOptions { Concurrency = 3, Prefetch = 4 });
        await queue.EnqueueManyAsync([.. Enumerable.Range(0, 30)]);
        await app.Until("numbers", s => s.Acked == 30, "all jobs were done");
        most.ShouldBe(3);
    }

    [Fact]
    public async Task Processes_jobs_of_one_key_one_at_a_time_and_in_order()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<(string Key, int Number)>("edits");
        var done = new ConcurrentQueue<(string Key, int Number)>();
        var running = new ConcurrentDictionary<string, int>();
        var overlaps = 0;
        for (var consumer = 0; consumer < 2; consumer++)
        {
            queue.Consume(
                async (context, _) =>
                {
                    if (running.AddOrUpdate(context.Key!, 1, (_, n) => n + 1) > 1) Interlocked.Increment(ref overlaps);
                    await Task.Yield();
                    done.Enqueue(context.Job);
                    running.AddOrUpdate(context.Key!, 0, (_, n) => n - 1);
                },
                new QueueConsumerOptions { Concurrency = 4 });
        }

        var jobs = Enumerable.Range(0, 200).Select(n => ($"album {n % 5}", n)).ToList();
        await queue.EnqueueManyAsync(jobs, job => new EnqueueOptions { Key = job.Key });
        await app.Until("edits", s => s.Acked == 200, "all edits were made");
        overlaps.ShouldBe(0);
        foreach (var album in done.GroupBy(d => d.Key)) album.Select(a => a.Number).ShouldBeInOrder();
    }

    [Fact]
    public async Task A_failing_key_holds_up_no_other()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("edits");
        var done = new ConcurrentQueue<int>();
        var fails = true;
        queue.Consume(
            (context, _) =>
            {
                if (context.Job == 1 && fails) throw new InvalidOperationException("not yet");
                done.Enqueue(context.Job);
                return Task.CompletedTask;
            },
            new QueueConsumerOptions { Concurrency = 2, RetryDelay = (_, _) => TimeSpan.FromSeconds(30) });
        await queue.EnqueueManyAsync([1, 2, 3, 4], n => new EnqueueOptions { Key = n < 3 ? "a" : "b" });
        await app.Until("edits", s => s.Acked == 2, "the other key was served");
        done.ShouldBe([3, 4]);
        fails = false;
        await app.PassUntil(() => done.Count == 4, "the failed job was tried again");
        done.ShouldBe([3, 4, 1, 2]);
    }

    [Fact]
    public async Task Prefers_jobs_of_higher_priority()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<string>("mails");
        await queue.PauseAsync();
        await queue.EnqueueAsync("newsletter");
        await queue.EnqueueAsync("password", new EnqueueOptions { Priority = 9 });
        var done = new ConcurrentQueue<string>();
        queue.Consume(
            (context, _) =>
            {
                done.Enqueue(context.Job);
                return Task.CompletedTask;
            },
            new QueueConsumerOptions { Concurrency = 1 });
        done.ShouldBeEmpty();
        await queue.ResumeAsync();
        await app.Until("mails", s => s.Acked == 2, "both mails were sent");
        done.ShouldBe(["password", "newsletter"]);
    }

    [Fact]
    public async Task Stores_the_end_of_a_job_and_its_outputs_together()
    {
        await using var app = await QueueApp.StartAsync(o => o.ConfigureQueue("full", q => q with { MaxMessages = 1 }));
        var (results, full) = (app.IO.Queue<int>("results"), app.IO.Queue<int>("full"));
        await full.EnqueueAsync(0);
        var outcomes = new ConcurrentQueue<string>();
        app.IO.Queue<int>("numbers").Consume(
            async (context, _) =>
            {
                if (context.FailureCount == 0)
                {
                    var refused = await Should.ThrowAsync<QueueException>(() => context.CompleteAsync(results.Prepare(1), full.Prepare(1)));
                    outcomes.Enqueue(refused.Code.ToString());
                    throw refused;
                }

                var receipts = await context.CompleteAsync(
                    [results.Prepare(context.Job * 2), results.Prepare(context.Job * 3)], CancellationToken.None);
                outcomes.Enqueue($"{receipts.Count} stored");
                throw new InvalidOperationException("means nothing any more");
            });
        await app.IO.Queue<int>("numbers").EnqueueAsync(7);
        await app.PassUntil(() => outcomes.Count == 2, "the job was completed");
        outcomes.ShouldBe(["QueueFull", "2 stored"]);
        (await app.StatisticsAsync("results")).Ready.ShouldBe(2);
        await app.Until("numbers", s => s is { Acked: 1, InFlight: 0 }, "the job was done");
    }

    [Fact]
    public async Task A_consumer_can_begin_and_end_while_the_application_runs()
    {
        var options = new QueueConsumerOptions { Concurrency = 0 };
        await using var app = await QueueApp.StartAsync();
        Should.Throw<ArgumentException>(() => app.IO.Queue<int>("numbers").Consume((_, _) => Task.CompletedTask, options))
            .Message.ShouldContain("Concurrency");
        options.Concurrency = 1;
        var subscription = app.IO.Queue<int>("numbers").Consume((_, _) => Task.CompletedTask, options);
        await subscription.Started.Within("the consumer to start");
        (await app.StatisticsAsync("numbers")).Consumers.ShouldBe(1);
        await subscription.DisposeAsync();
        (await app.StatisticsAsync("numbers")).Consumers.ShouldBe(0);
    }

    [Fact]
    public async Task A_wrong_option_of_a_registered_consumer_stops_the_application_from_starting()
    {
        var failure = await Should.ThrowAsync<ArgumentException>(() =>
            QueueApp.StartAsync(services: s => s.AddQueueConsumer<Recorder>("x", o => o.Prefetch = -1)));
        failure.Message.ShouldContain("Prefetch");
    }

    private sealed class Journal : ConcurrentQueue<string>;

    private sealed class Scoped(Journal journal) : IDisposable
    {
        public void Dispose() => journal.Enqueue("scope disposed");
    }

    private sealed class Recorder(Journal journal, Scoped scoped) : IQueueConsumer<Thumbnail>, IDisposable
    {
        public Task ConsumeAsync(DeliveryContext<Thumbnail> context, CancellationToken cancellationToken)
        {
            context.Services.GetRequiredService<Scoped>().ShouldBeSameAs(scoped);
            journal.Enqueue($"consumed {context.Job.Source}");
            return Task.CompletedTask;
        }

        public void Dispose() => journal.Enqueue("consumer disposed");
    }
}
