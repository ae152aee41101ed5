using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class DrainTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("stork").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_running_handler_may_finish_when_the_application_stops_and_no_other_job_is_begun()
    {
        var (started, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var done = new ConcurrentQueue<int>();
        await using (var app = await QueueApp.StartAsync(directory: _directory))
        {
            app.IO.Queue<int>("numbers").Consume(
                async (context, stop) =>
                {
                    started.TrySetResult();
                    await go.Task.WaitAsync(stop);
                    done.Enqueue(context.Job);
                },
                new QueueConsumerOptions { Concurrency = 1, Prefetch = 2 });
            await app.IO.Queue<int>("numbers").EnqueueManyAsync([1, 2, 3]);
            await started.Task.Within("the first job to start");
            var stopping = app.StopAsync();
            await app.Pass(5);
            stopping.IsCompleted.ShouldBeFalse();
            go.SetResult();
            await stopping;
            done.ShouldBe([1]);
        }

        await using var again = await QueueApp.StartAsync(directory: _directory);
        (await again.StatisticsAsync("numbers")).ShouldSatisfyAllConditions(s => s.Acked.ShouldBe(1), s => s.Ready.ShouldBe(2));
        var rest = new ConcurrentQueue<(int Job, int Failures)>();
        again.IO.Queue<int>("numbers").Consume((context, _) =>
        {
            rest.Enqueue((context.Job, context.FailureCount));
            return Task.CompletedTask;
        });
        await again.Until("numbers", s => s.Acked == 3, "the rest was done");
        rest.Order().ShouldBe([(2, 0), (3, 0)]);
    }

    [Fact]
    public async Task What_does_not_finish_in_time_is_cancelled_and_goes_back_uncounted()
    {
        var started = new CountdownEvent(2);
        var ends = new ConcurrentQueue<string>();
        var never = new TaskCompletionSource();
        await using (var app = await QueueApp.StartAsync(directory: _directory))
        {
            app.IO.Queue<string>("jobs").Consume(
                async (context, stop) =>
                {
                    started.Signal();
                    if (context.Job == "deaf") await never.Task;
                    try
                    {
                        await Task.Delay(Timeout.InfiniteTimeSpan, app.Time, stop);
                    }
                    catch (OperationCanceledException cancelled)
                    {
                        ends.Enqueue("cancelled");
                        throw new InvalidOperationException("a driver that wraps the cancellation", cancelled);
                    }
                },
                new QueueConsumerOptions { Concurrency = 2, DrainTimeout = TimeSpan.FromSeconds(10) });
            await app.IO.Queue<string>("jobs").EnqueueManyAsync(["deaf", "polite"]);
            await Waiting.Until(() => started.IsSet, "both handlers ran");
            var stopping = app.StopAsync();
            await app.Pass(9);
            ends.ShouldBeEmpty();
            await app.PassUntil(() => stopping.IsCompleted, "the application stopped");
            ends.ShouldBe(["cancelled"]);
        }

        await using var again = await QueueApp.StartAsync(directory: _directory);
        (await again.StatisticsAsync("jobs")).ShouldSatisfyAllConditions(s => s.Ready.ShouldBe(2), s => s.Scheduled.ShouldBe(0));
        (await again.IO.Store!.Queue("jobs").BrowseAsync()).ShouldAllBe(m => m.FailureCount == 0);
    }

    [Fact]
    public async Task A_registered_consumer_ends_before_the_store_closes()
    {
        var done = new ConcurrentQueue<int>();
        await using (var app = await QueueApp.StartAsync(directory: _directory, services: s =>
        {
            s.AddSingleton(done);
            s.AddQueueConsumer<Doubler>("numbers");
        }))
        {
            await app.IO.Queue<int>("numbers").EnqueueManyAsync([1, 2, 3, 4]);
            await Waiting.Until(() => done.Count == 4, "all numbers were doubled");
        }

        await using var again = await QueueApp.StartAsync(directory: _directory);
        (await again.StatisticsAsync("numbers")).Acked.ShouldBe(4);
        (await again.StatisticsAsync("doubled")).Ready.ShouldBe(4);
    }

    [Fact]
    public async Task A_consumer_that_is_disposed_leaves_the_queue_to_others()
    {
        await using var app = await QueueApp.StartAsync(directory: _directory);
        var queue = app.IO.Queue<int>("numbers");
        var first = queue.Consume((_, _) => Task.CompletedTask);
        await first.Started.Within("the consumer to start");
        await first.DisposeAsync();
        await queue.EnqueueAsync(1);
        (await app.StatisticsAsync("numbers")).ShouldSatisfyAllConditions(s => s.Ready.ShouldBe(1), s => s.Consumers.ShouldBe(0));
        queue.Consume((_, _) => Task.CompletedTask);
        await app.Until("numbers", s => s.Acked == 1, "the other consumer did it");
    }

    private sealed class Doubler(SocketIOServer io, ConcurrentQueue<int> done) : IQueueConsumer<int>
    {
        public async Task ConsumeAsync(DeliveryContext<int> context, CancellationToken cancellationToken)
        {
            await context.CompleteAsync([io.Queue<int>("doubled").Prepare(context.Job * 2)], cancellationToken);
            done.Enqueue(context.Job);
        }
    }
}
