using System.Collections.Concurrent;
using Stork.Queues;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class FailureTests
{
    [Fact]
    public async Task A_poison_job_becomes_a_dead_letter_with_its_history_and_comes_back_when_redriven()
    {
        await using var app = await QueueApp.StartAsync(
            o => o.ConfigureQueue("numbers", q => q with { MaxFailures = 2, BackoffJitter = 0 }));
        var queue = app.IO.Queue<int>("numbers");
        var attempts = new ConcurrentQueue<(int Job, int Failures, TimeSpan At)>();
        var isMended = false;
        queue.Consume(
            (context, _) =>
            {
                attempts.Enqueue((context.Job, context.FailureCount, app.Time.GetElapsedTime(0)));
                if (context.Job == 13 && !isMended) throw new InvalidOperationException("unlucky");
                return Task.CompletedTask;
            },
            new QueueConsumerOptions { Concurrency = 4 });
        await queue.EnqueueManyAsync([12, 13, 14]);
        await app.PassUntil(() => attempts.Count(a => a.Job == 13) == 3, "the job had failed three times", step: 0.5);
        await app.Until("numbers", s => s is { Acked: 2, DeadLettered: 1, InFlight: 0, Scheduled: 0 }, "the job was dead");

        var dead = (await queue.Queue.DeadLetters.BrowseAsync()).ShouldHaveSingleItem().DeadLetter!;
        dead.Reason.ShouldBe(DeadLetterReason.DeliveryLimit);
        dead.Error.ShouldBe("InvalidOperationException: unlucky");
        dead.FailureCount.ShouldBe(3);
        dead.Attempts.Select(a => a.Outcome).ShouldAllBe(o => o == "Nacked");
        dead.Attempts.Count.ShouldBeGreaterThanOrEqualTo(2);
        var times = attempts.Where(a => a.Job == 13).Select(a => a.At).ToList();
        (times[1] - times[0]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        (times[2] - times[1]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(2));

        isMended = true;
        (await queue.RedriveAsync()).ShouldBe(1);
        await app.Until("numbers", s => s.Acked == 3, "the redriven job was done");
        attempts.Last().Failures.ShouldBe(0);
        (await queue.Queue.DeadLetters.BrowseAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, "it is a dead letter (DeliveryLimit)")]
    [InlineData(false, "it is dropped")]
    public async Task The_log_tells_retries_from_the_last_attempt(bool deadLetter, string outcome)
    {
        await using var app = await QueueApp.StartAsync(
            o => o.ConfigureQueue("jobs", q => q with { MaxFailures = 2, DeadLetter = deadLetter }));
        var queue = app.IO.Queue<int>("jobs");
        queue.Consume((_, _) => throw new InvalidOperationException("unlucky"), new QueueConsumerOptions { Concurrency = 1 });
        await queue.EnqueueAsync(1);
        await app.PassUntil(() => app.Log.Of(85).Any(), "the last attempt was logged");
        var retries = app.Log.Of(62).Select(static e => e.Message).ToList();
        retries.Count.ShouldBe(2);
        for (var i = 0; i < 2; i++) retries[i].ShouldEndWith($"failed in attempt {i + 1} of 3; it is tried again.");
        var last = app.Log.Of(85).ShouldHaveSingleItem();
        last.Message.ShouldContain("failed in attempt 3 of 3, its last; " + outcome);
        last.Exception.ShouldNotBeNull().Message.ShouldBe("unlucky");
        await app.Until("jobs", s => s.Ready + s.Scheduled + s.InFlight == 0, "the job was gone");
        app.Log.Entries.Where(static e => e is { Category: "Stork.Queues", EventId: 30 }).Select(static e => e.Message).ShouldBe(
            deadLetter ? ["Message 1 of the Work queue jobs is a dead letter after 3 attempt(s): DeliveryLimit."] : []);
    }

    [Fact]
    public async Task What_cannot_succeed_is_rejected_at_once()
    {
        await using var app = await QueueApp.StartAsync();
        await app.IO.Queue<string>("numbers").EnqueueAsync("not a number");
        var queue = app.IO.Queue<int>("numbers");
        queue.Consume(
            (context, stop) => context.Job == 2 ? context.RejectAsync("no twos", stop) : throw new NotSupportedException("nor others"),
            new QueueConsumerOptions { RejectWhen = failure => failure is NotSupportedException });
        await queue.EnqueueManyAsync([1, 2]);
        await app.Until("numbers", s => s.DeadLettered == 3, "all jobs were rejected");
        var dead = await queue.Queue.DeadLetters.BrowseAsync();
        dead.Select(d => d.DeadLetter!.Reason).ShouldAllBe(r => r == DeadLetterReason.Rejected);
        dead.OrderBy(d => d.DeadLetter!.OriginSequence).Select(d => d.DeadLetter!.Error).ShouldBe(
            ["UnreadableJobException: The job cannot be read as Int32.", "NotSupportedException: nor others", "no twos"]);
    }

    [Fact]
    public async Task A_consumer_chooses_the_delay_of_a_retry()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var times = new ConcurrentQueue<TimeSpan>();
        queue.Consume((context, _) =>
        {
            times.Enqueue(app.Time.GetElapsedTime(0));
            return times.Count < 3
                ? context.NackAsync(TimeSpan.FromMinutes(times.Count), "busy", CancellationToken.None)
                : Task.CompletedTask;
        });
        await queue.EnqueueAsync(1);
        await app.PassUntil(() => times.Count == 3, "it was tried three times", step: 5);
        var waits = times.Zip(times.Skip(1), (a, b) => b - a).ToList();
        waits[0].ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(1));
        waits[1].ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_released_job_comes_again_uncounted()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var seen = new ConcurrentQueue<(int Deliveries, int Failures)>();
        queue.Consume((context, _) =>
        {
            seen.Enqueue((context.DeliveryCount, context.FailureCount));
            return seen.Count < 3 ? context.ReleaseAsync(CancellationToken.None) : Task.CompletedTask;
        });
        await queue.EnqueueAsync(1);
        await app.Until("numbers", s => s.Acked == 1, "the job was done");
        seen.ShouldBe([(1, 0), (2, 0), (3, 0)]);
    }

    [Fact]
    public async Task A_decision_that_fails_leaves_the_failure_to_the_queues_backoff()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var count = 0;
        queue.Consume(
            (_, _) => Interlocked.Increment(ref count) == 1 ? throw new InvalidOperationException() : Task.CompletedTask,
            new QueueConsumerOptions
            {
                RetryDelay = (_, _) => throw new FormatException("mine"),
                RejectWhen = _ => throw new FormatException("mine too"),
            });
        await queue.EnqueueAsync(1);
        await app.PassUntil(() => count == 2, "the job was tried again");
        await app.Until("numbers", s => s.Acked == 1, "the job was done");
    }
}
