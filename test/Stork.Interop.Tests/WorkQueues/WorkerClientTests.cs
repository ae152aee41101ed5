using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Servers;
using Stork.Queues;

namespace Stork.Interop.Tests.WorkQueues;

/// <summary>Clients that know nothing of queues do their jobs.</summary>
public sealed class WorkerClientTests
{
    private sealed record Job(int Id, byte[] Picture);

    [Theory, EveryClient]
    public async Task Every_official_client_does_jobs_with_binary_data(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(
            io => io.MapQueue("jobs").AllowConsumers(
                _ => ValueTask.FromResult(true), new SocketConsumerOptions { Metadata = DeliveryMetadata.Trailing }),
            options =>
            {
                options.DataDirectory = "memory";
                options.Store = new QueueStoreOptions { Durability = Durability.Memory };
                options.ConfigureQueue("jobs", queue => queue with { Backoff = TimeSpan.Zero });
            });
        var queue = server.IO.Queue<Job>("jobs");
        await queue.EnqueueManyAsync([.. Enumerable.Range(0, 5).Select(static n => new Job(n, [.. Enumerable.Repeat((byte)n, n)]))]);

        await using var script = await Scenario.StartAsync("worker", server.Url, version, transport, new { jobs = 5 });
        var report = await script.NextAsync("done");
        report.GetProperty("done").ToString().ShouldBe("[[0,[],1],[1,[1],1],[2,[2,2],2],[3,[3,3,3],1],[4,[4,4,4,4],1]]");
        while ((await queue.Queue.GetStatisticsAsync())!.Acked < 5) await Task.Yield();
        await script.TellAsync("go");
        await script.CompleteAsync();
        server.Log.Errors.ShouldBeEmpty();
    }
}
