using Microsoft.Extensions.DependencyInjection;

namespace Stork.Tests.Durable.WorkQueues;

/// <summary>Handlers that keep the thread that calls them.</summary>
public sealed class BlockingHandlerTests : IDisposable
{
    private const int Jobs = 6;

    private readonly string _directory = Directory.CreateTempSubdirectory("stork").FullName;
    private readonly Crowd _crowd = new(Jobs);

    public void Dispose()
    {
        _crowd.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task The_application_starts_although_a_backlog_waits_and_as_many_handlers_run_at_once_as_may()
    {
        await using (var before = await QueueApp.StartAsync(directory: _directory))
            await before.IO.Queue<int>("numbers").EnqueueManyAsync([.. Enumerable.Range(0, Jobs)]);
        var starting = Task.Run(() => QueueApp.StartAsync(
            services: s => s.AddSingleton(_crowd).AddQueueConsumer<Sleeper>("numbers", o => o.Concurrency = 8), directory: _directory));
        try
        {
            await using var app = await starting.Within("the application to start while its handlers sleep");
            await _crowd.Complete.Within("all of the backlog to be worked on at once");
            _crowd.Leave();
            await app.Until("numbers", s => s.Acked == Jobs, "the jobs were done");
            _crowd.Entered.ShouldBe(Jobs, "each was done once");
        }
        finally
        {
            _crowd.Leave();
        }
    }

    [Fact]
    public async Task A_consumer_that_begins_at_run_time_works_on_a_backlog_as_many_at_once_as_may()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        await queue.EnqueueManyAsync([.. Enumerable.Range(0, Jobs)]);
        try
        {
            var subscription = queue.Consume(
                (_, _) =>
                {
                    _crowd.Enter();
                    return Task.CompletedTask;
                },
                new QueueConsumerOptions { Concurrency = 8 });
            await subscription.Started.Within("the consumer to start");
            await _crowd.Complete.Within("all of the backlog to be worked on at once");
            await app.Pass(100);
            _crowd.Leave();
            await app.Until("numbers", s => s.Acked == Jobs, "the jobs were done");
            _crowd.Entered.ShouldBe(Jobs, "each was done once");
        }
        finally
        {
            _crowd.Leave();
        }
    }

    [Fact]
    public async Task Who_completes_what_a_handler_waits_for_need_not_do_the_next_job()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var news = new TaskCompletionSource();
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var end = new ManualResetEventSlim();
        queue.Consume(
            async (context, _) =>
            {
                if (context.Job == 1)
                {
                    waits.SetResult();
                    await news.Task;
                    return;
                }

                second.SetResult();
                end.Wait(2 * Patience.Limit, CancellationToken.None);
            },
            new QueueConsumerOptions { Concurrency = 1, Prefetch = 1 });
        await queue.EnqueueManyAsync([1, 2]);
        await waits.Task.Within("the first job to wait");
        try
        {
            await Task.Run(news.SetResult).Within("the news to be told");
            await second.Task.Within("the second job to begin");
        }
        finally
        {
            end.Set();
        }

        await app.Until("numbers", s => s.Acked == 2, "both jobs were done");
    }

    /// <summary>Those who enter stay until they may leave.</summary>
    private sealed class Crowd(int size) : IDisposable
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _open = new();
        private int _inside;

        public int Entered => Volatile.Read(ref _inside);

        public Task Complete => _complete.Task;

        public void Enter()
        {
            if (Interlocked.Increment(ref _inside) == size) _complete.SetResult();
            _open.Wait(2 * Patience.Limit);
        }

        public void Leave() => _open.Set();

        public void Dispose() => _open.Dispose();
    }

    private sealed class Sleeper(Crowd crowd) : IQueueConsumer<int>
    {
        public Task ConsumeAsync(DeliveryContext<int> context, CancellationToken cancellationToken)
        {
            crowd.Enter();
            return Task.CompletedTask;
        }
    }
}
