using System.Collections.Concurrent;
using Stork.Queues;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class LeaseTests
{
    [Fact]
    public async Task A_long_job_keeps_its_lease_while_its_handler_runs()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var (started, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var count = 0;
        queue.Consume(async (_, stop) =>
        {
            Interlocked.Increment(ref count);
            started.TrySetResult();
            await go.Task.WaitAsync(stop);
        });
        await queue.EnqueueAsync(1);
        await started.Task.Within("the job to start");
        await app.Pass(300);
        (await app.StatisticsAsync("numbers")).InFlight.ShouldBe(1);
        go.SetResult();
        await app.Until("numbers", s => s.Acked == 1, "the job was done");
        count.ShouldBe(1);
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_cancelled_and_its_job_fails()
    {
        await using var app = await QueueApp.StartAsync(o => o.ConfigureQueue("numbers", q => q with { MaxFailures = 0 }));
        var queue = app.IO.Queue<int>("numbers");
        var (started, cancelled) = (new TaskCompletionSource(), new TaskCompletionSource<TimeSpan>());
        queue.Consume(
            async (_, stop) =>
            {
                using var registration = stop.Register(() => cancelled.TrySetResult(app.Time.GetElapsedTime(0)));
                started.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, app.Time, stop);
            },
            new QueueConsumerOptions { MaxProcessingTime = TimeSpan.FromMinutes(2) });
        await queue.EnqueueAsync(1);
        await started.Task.Within("the job to start");
        await app.PassUntil(() => cancelled.Task.IsCompleted, "the handler was cancelled");
        (await cancelled.Task).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(2));
        await app.Until("numbers", s => s.DeadLettered == 1, "the job was dead");
        (await queue.Queue.DeadLetters.BrowseAsync()).ShouldHaveSingleItem().DeadLetter!.Error.ShouldBe("not done within 00:02:00");
    }

    [Fact]
    public async Task A_handler_can_ask_for_more_time()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var (started, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var count = 0;
        queue.Consume(
            async (context, stop) =>
            {
                Interlocked.Increment(ref count);
                (await context.ExtendAsync(TimeSpan.FromMinutes(10), stop)).ShouldBe(SettleOutcome.Done);
                started.SetResult();
                await go.Task.WaitAsync(stop);
            },
            new QueueConsumerOptions { MaxProcessingTime = TimeSpan.FromMinutes(1) });
        await queue.EnqueueAsync(1);
        await started.Task.Within("the job to start");
        await app.Pass(500);
        go.SetResult();
        await app.Until("numbers", s => s.Acked == 1, "the job was done");
        count.ShouldBe(1);
    }

    [Fact]
    public async Task A_handler_that_ignores_everything_loses_its_job_to_another()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var never = new TaskCompletionSource();
        var seen = new ConcurrentQueue<int>();
        await using var subscription = queue.Consume(
            async (context, _) =>
            {
                seen.Enqueue(context.DeliveryCount);
                if (context.DeliveryCount == 1) await never.Task;
            },
            new QueueConsumerOptions { Concurrency = 2, MaxProcessingTime = TimeSpan.FromMinutes(1), DrainTimeout = TimeSpan.Zero });
        await queue.EnqueueAsync(1);
        await app.PassUntil(() => seen.Count == 2, "another handler had the job");
        await app.Until("numbers", s => s is { Acked: 1, InFlight: 0 }, "the other handler finished it");
        never.SetResult();
        await Waiting.Until(() => subscription.HandledCount == 2, "the first handler came to its end");
        (await app.StatisticsAsync("numbers")).Acked.ShouldBe(1);
    }

    [Fact]
    public async Task A_machine_that_slept_through_the_lease_has_lost_nothing()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var (started, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var outcomes = new ConcurrentQueue<SettleOutcome>();
        queue.Consume(
            async (context, stop) =>
            {
                started.TrySetResult();
                await go.Task.WaitAsync(stop);
                outcomes.Enqueue(await context.AckAsync(CancellationToken.None));
            },
            new QueueConsumerOptions { Concurrency = 2, Fenced = true });
        await queue.EnqueueAsync(1);
        await started.Task.Within("the job to start");
        app.Time.Jump(TimeSpan.FromMinutes(10));
        await app.Pass(60);
        go.SetResult();
        await app.Until("numbers", s => s is { Acked: 1, InFlight: 0, Scheduled: 0 }, "the job was done");
        // The handler whose lease the sleep has ended may have gone on before its cancellation reached it, and settles nothing; and the
        // store counts the end before the other one has been told.
        await Waiting.Until(() => outcomes.Contains(SettleOutcome.Done), "a handler was told that it settled the job");
        outcomes.Where(static outcome => outcome == SettleOutcome.Done).ShouldHaveSingleItem();
        outcomes.ShouldBeSubsetOf([SettleOutcome.Done, SettleOutcome.LeaseLost, SettleOutcome.AlreadySettled]);
    }

    [Fact]
    public async Task A_handler_is_cancelled_when_its_lease_is_lost_and_a_fenced_one_cannot_settle_any_more()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var cancelled = new TaskCompletionSource();
        var outcomes = new ConcurrentQueue<SettleOutcome>();
        queue.Consume(
            async (context, stop) =>
            {
                if (context.Redelivered) return;
                await using var registration = stop.Register(() => cancelled.TrySetResult());
                // Shorter than the consumer looks after it.
                await context.Delivery.ExtendAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
                await cancelled.Task;
                outcomes.Enqueue(await context.AckAsync(CancellationToken.None));
            },
            new QueueConsumerOptions { Concurrency = 2, Fenced = true });
        await queue.EnqueueAsync(1);
        await app.PassUntil(() => outcomes.Count == 1, "the handler knew that its lease was lost");
        outcomes.ShouldBeSubsetOf([SettleOutcome.LeaseLost, SettleOutcome.AlreadySettled]);
        await app.Until("numbers", s => s is { Acked: 1, InFlight: 0, Scheduled: 0 }, "the job was done once");
    }

    [Fact]
    public async Task A_prefetched_job_that_waits_goes_back_uncounted()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var never = new TaskCompletionSource();
        await queue.EnqueueManyAsync([1, 2]);
        queue.Consume((_, stop) => never.Task.WaitAsync(stop), new QueueConsumerOptions { Concurrency = 1, Prefetch = 1 });
        await app.Until("numbers", s => s.InFlight == 2, "both jobs were handed out");
        var failures = -1;
        queue.Consume(
            (context, _) =>
            {
                failures = context.FailureCount;
                return Task.CompletedTask;
            },
            new QueueConsumerOptions { Concurrency = 1 });
        await app.PassUntil(() => failures >= 0, "the other consumer got the waiting job");
        failures.ShouldBe(0);
        never.SetResult();
    }
}
