using System.Collections.Concurrent;
using Stork.Queues;
using Stork.Tests.Clients;
using Stork.Tests.Durable.Inboxes;

namespace Stork.Tests.Durable.WorkQueues;

/// <summary>Clients' jobs while the server stops, and after it has started again.</summary>
public sealed class StopTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("stork").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_worker_that_is_back_after_a_restart_gets_its_job_again_and_nobody_else_does()
    {
        await using (var app = await InboxApp.StartAsync(_directory))
        {
            app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
            await using var client = await app.ConnectAsync("worker");
            await app.IO.Queue<int>("jobs").EnqueueAsync(1);
            await Next(client);
            await app.App.StopAsync();
        }

        await using var again = await InboxApp.StartAsync(_directory);
        again.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
        await using var other = await again.ConnectAsync("other");
        await UntilConsumers(again, 1);
        (await again.IO.Store!.Queue("jobs").BrowseAsync()).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            m => m.State.ShouldBe(MessageState.InFlight), m => m.DeliveryCount.ShouldBe(1));
        await using var back = await again.ConnectAsync("worker");
        var job = await Next(back);
        job.Job.ShouldBe("[\"jobs\",1]");
        await back.AckAsync(job.AckId);
        await Until(again, s => s.Acked == 1, "the worker that was back did its job");
        await other.ShouldBeQuiet();
    }

    [Fact]
    public async Task A_job_that_comes_back_from_a_client_while_the_application_stops_is_begun_by_nobody()
    {
        var (started, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var begun = new ConcurrentQueue<int>();
        await using (var app = await InboxApp.StartAsync(_directory))
        {
            app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
            await using var client = await app.ConnectAsync(user: null);
            await UntilConsumers(app, 1);
            await app.IO.Queue<int>("jobs").EnqueueAsync(1, new EnqueueOptions { Key = "k" });
            await Next(client);
            await app.IO.Queue<int>("jobs").EnqueueAsync(2, new EnqueueOptions { Key = "k" });
            await app.IO.Queue<int>("jobs").EnqueueAsync(3);
            app.IO.Queue<int>("jobs").Consume(
                async (context, _) =>
                {
                    begun.Enqueue(context.Job);
                    started.TrySetResult();
                    await go.Task;
                },
                new QueueConsumerOptions { Concurrency = 4 });
            await started.Task.Within("the job in the server to start");
            var stopping = app.App.StopAsync();
            await Until(app, s => s.InFlight == 1, "the client's job was back");
            go.SetResult();
            await stopping;
            begun.ShouldBe([3]);
        }

        await using var again = await InboxApp.StartAsync(_directory);
        (await again.IO.Store!.Queue("jobs").BrowseAsync()).ShouldAllBe(m => m.State == MessageState.Ready && m.FailureCount == 0);
        (await again.IO.Store!.Queue("jobs").GetStatisticsAsync())!.Ready.ShouldBe(2);
    }

    private static async Task<(int AckId, string Job)> Next(TestClient client) => InboxApp.Split(await client.ReceiveAsync());

    private static Task UntilConsumers(InboxApp app, int count) =>
        Until(app, s => s.Consumers == count, $"the queue had {count} consumers");

    private static Task Until(InboxApp app, Func<QueueStatistics, bool> condition, string awaited) =>
        Waiting.Until(() => app.IO.Store!.Queue("jobs").GetStatisticsAsync().Result is { } statistics && condition(statistics), awaited);
}
