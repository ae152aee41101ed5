using System.Text;
using Stork.Queues;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class EnqueueTests
{
    [Fact]
    public async Task Stores_a_job_as_json_by_the_servers_options()
    {
        await using var app = await QueueApp.StartAsync();
        var receipt = await app.IO.Queue<Thumbnail>("thumbnails").EnqueueAsync(new Thumbnail("a.png", 64));
        receipt.Sequence.ShouldBe(1);
        var stored = (await app.IO.Store!.Queue("thumbnails").BrowseAsync(new BrowseOptions { WithBody = true })).ShouldHaveSingleItem();
        stored.Id.ShouldBe(receipt.Id);
        Encoding.UTF8.GetString(stored.Body!).ShouldBe("""{"source":"a.png","width":64,"pixels":null}""");
    }

    [Fact]
    public async Task Keeps_binary_data_as_it_is()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<Thumbnail>("thumbnails");
        var got = new TaskCompletionSource<DeliveryContext<Thumbnail>>();
        var options = new EnqueueOptions { Headers = new Dictionary<string, string> { ["mine"] = "yes" } };
        await queue.EnqueueAsync(new Thumbnail("a.png") { Pixels = [1, 2, 3] }, options);
        var stored = (await queue.Queue.BrowseAsync(new BrowseOptions { WithBody = true })).ShouldHaveSingleItem();
        stored.Body![^3..].ShouldBe([1, 2, 3]);
        queue.Consume((context, _) =>
        {
            got.SetResult(context);
            return Task.CompletedTask;
        });
        var context = await got.Task.Within("the job");
        context.Job.Pixels.ShouldBe([1, 2, 3]);
        context.Headers["mine"].ShouldBe("yes");
    }

    [Fact]
    public async Task Survives_the_end_of_the_application()
    {
        var directory = Directory.CreateTempSubdirectory("stork").FullName;
        try
        {
            await using (var app = await QueueApp.StartAsync(directory: directory)) await app.IO.Queue<int>("numbers").EnqueueAsync(42);
            await using var again = await QueueApp.StartAsync(directory: directory);
            var got = new TaskCompletionSource<int>();
            again.IO.Queue<int>("numbers").Consume((context, _) =>
            {
                got.SetResult(context.Job);
                return Task.CompletedTask;
            });
            (await got.Task.Within("the job")).ShouldBe(42);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Stores_many_or_none()
    {
        await using var app = await QueueApp.StartAsync(o => o.ConfigureQueue("numbers", q => q with { MaxMessages = 3 }));
        var queue = app.IO.Queue<int>("numbers");
        var receipts = await queue.EnqueueManyAsync([1, 2], n => new EnqueueOptions { DedupId = $"n{n}" });
        receipts.Select(r => r.Sequence).ShouldBe([1, 2]);
        (await Should.ThrowAsync<QueueException>(() => queue.EnqueueManyAsync([3, 4]))).Code.ShouldBe(QueueErrorCode.QueueFull);
        (await app.StatisticsAsync("numbers")).Ready.ShouldBe(2);
    }

    [Fact]
    public async Task Finds_a_duplicate_by_its_id()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<int>("numbers");
        var first = await queue.EnqueueAsync(1, new EnqueueOptions { DedupId = "upload 4711" });
        var second = await queue.EnqueueAsync(1, new EnqueueOptions { DedupId = "upload 4711" });
        second.ShouldBe(first with { Duplicate = true });
        (await app.StatisticsAsync("numbers")).Ready.ShouldBe(1);
    }

    [Fact]
    public async Task Holds_a_scheduled_job_back_until_its_time()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<string>("reports");
        await queue.EnqueueAsync("in an hour", new EnqueueOptions { DeliverAt = app.Time.GetUtcNow().AddHours(1) });
        await queue.EnqueueAsync("in ten seconds", new EnqueueOptions { Delay = TimeSpan.FromSeconds(10) });
        var done = new List<string>();
        queue.Consume((context, _) =>
        {
            lock (done) done.Add(context.Job);
            return Task.CompletedTask;
        });
        await app.Pass(9);
        (await app.StatisticsAsync("reports")).Scheduled.ShouldBe(2);
        await app.PassUntil(() => done.Count == 1, "the first report was due");
        done.ShouldBe(["in ten seconds"]);
        await app.PassUntil(() => done.Count == 2, "the second report was due", step: 60);
        app.Time.GetElapsedTime(0).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Lets_an_expired_job_go_without_a_handler()
    {
        await using var app = await QueueApp.StartAsync();
        var queue = app.IO.Queue<string>("offers");
        await queue.EnqueueAsync("stale", new EnqueueOptions { TimeToLive = TimeSpan.FromSeconds(5) });
        await app.Pass(6);
        await queue.EnqueueAsync("fresh", new EnqueueOptions { TimeToLive = TimeSpan.FromSeconds(5) });
        var done = new List<string>();
        queue.Consume((context, _) =>
        {
            lock (done) done.Add(context.Job);
            return Task.CompletedTask;
        });
        await app.Until("offers", s => s.Acked == 1 && s.Expired == 1, "one offer was taken and one expired");
        done.ShouldBe(["fresh"]);
    }

    [Fact]
    public async Task Says_what_is_missing_when_there_is_no_store()
    {
        await using var app = await QueueApp.StartAsync(o => o.DataDirectory = null);
        Should.Throw<InvalidOperationException>(() => app.IO.Queue<int>("numbers")).Message.ShouldContain("DataDirectory");
    }
}
