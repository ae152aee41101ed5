using System.Collections.Concurrent;
using Stork.Queues;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class CrashTests : IDisposable
{
    private readonly ConcurrentStack<string> _directories = new();

    public void Dispose()
    {
        foreach (var directory in _directories) Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_job_whose_handler_takes_the_process_down_is_isolated_and_then_dead_and_bystanders_are_not_counted()
    {
        _directories.Push(Directory.CreateTempSubdirectory("stork").FullName);
        var bystander = 0;
        for (var life = 1; life <= 2; life++)
        {
            await using var app = await StartAsync();
            var (running, never) = (new TaskCompletionSource(), new TaskCompletionSource());
            var beside = 0;
            var queue = app.IO.Queue<string>("jobs");
            if (life == 1) await queue.EnqueueManyAsync(["poison", "bystander"]);
            await using var consumer = queue.Consume(
                async (context, _) =>
                {
                    if (context.Job == "bystander")
                    {
                        bystander = context.FailureCount;
                        Interlocked.Increment(ref beside);
                        return;
                    }

                    context.FailureCount.ShouldBe(life - 1);
                    running.TrySetResult();
                    await never.Task;
                },
                new QueueConsumerOptions { Concurrency = life == 1 ? 1 : 4, DrainTimeout = TimeSpan.Zero });
            await app.PassUntil(() => running.Task.IsCompleted, "the poison was being processed");
            // While the second life tries it alone, nothing else is out at this consumer.
            if (life == 2) (await app.StatisticsAsync("jobs")).InFlight.ShouldBe(1);
            _directories.Push(await KilledProcess.CopyAsync(Latest));
            never.SetResult();
        }

        await using var last = await StartAsync();
        var done = new ConcurrentQueue<string>();
        last.IO.Queue<string>("jobs").Consume((context, _) =>
        {
            done.Enqueue(context.Job);
            bystander = Math.Max(bystander, context.FailureCount);
            return Task.CompletedTask;
        });
        await last.Until(
            "jobs", s => s is { DeadLettered: 1, Ready: 0, InFlight: 0, Scheduled: 0 }, "the poison was dead and the rest was done");
        done.ShouldNotContain("poison");
        bystander.ShouldBe(0);
        (await last.IO.Store!.Queue("jobs").DeadLetters.BrowseAsync()).ShouldHaveSingleItem()
            .DeadLetter!.Reason.ShouldBe(DeadLetterReason.PoisonCrash);
    }

    [Fact]
    public async Task What_was_stored_before_a_kill_is_processed_after_it()
    {
        _directories.Push(Directory.CreateTempSubdirectory("stork").FullName);
        await using (var app = await StartAsync())
        {
            await app.IO.Queue<string>("jobs").EnqueueManyAsync([.. Enumerable.Range(0, 100).Select(n => $"job {n}")]);
            _directories.Push(await KilledProcess.CopyAsync(Latest));
        }

        await using var again = await StartAsync();
        var done = new ConcurrentBag<string>();
        again.IO.Queue<string>("jobs").Consume((context, _) =>
        {
            done.Add(context.Job);
            return Task.CompletedTask;
        });
        await again.Until("jobs", s => s.Acked == 100, "all jobs were done");
        done.Distinct().Count().ShouldBe(100);
    }

    private string Latest => _directories.TryPeek(out var directory) ? directory : throw new InvalidOperationException("There is none.");

    private Task<QueueApp> StartAsync() =>
        QueueApp.StartAsync(o => o.ConfigureQueue("jobs", q => q with { MaxFailures = 1 }), directory: Latest);
}
