using System.Security.Claims;
using Microsoft.Extensions.DependencyInjection;
using Stork.Durable.Consumers;
using Stork.Queues;
using Stork.Tests.Clients;
using Stork.Tests.Durable.Inboxes;
using Stork.Tests.Recovery;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class SocketConsumerTests
{
    [Fact]
    public async Task A_client_works_on_jobs_one_by_one_and_settles_them_with_its_answer()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket => socket.ConsumeAsync("thumbnail"));
        await app.IO.Queue<Thumbnail>("thumbnail").EnqueueManyAsync([new("a", 1), new("b", 2) { Pixels = [7] }]);
        await using var client = await app.ConnectAsync();

        var first = await client.ShouldBeAsked("""["thumbnail",{"source":"a","width":1,"pixels":null}]""");
        await client.ShouldBeQuiet();
        await client.AckAsync(first, """[{"ok":1}]""");
        var packet = await client.ReceiveAsync();
        packet.ShouldStartWith("451-");
        packet.ShouldEndWith("""["thumbnail",{"source":"b","width":2,"pixels":{"_placeholder":true,"num":0}}]""");
        (await client.ReceiveAsync()).ShouldBe("bBw==");
        var id = packet[4..packet.IndexOf('[', StringComparison.Ordinal)];
        await client.AckAsync(int.Parse(id, System.Globalization.CultureInfo.InvariantCulture));
        await Until(app, "thumbnail", s => s.Acked == 2, "both jobs were done");
    }

    [Fact]
    public async Task A_job_without_an_answer_is_never_taken_for_a_position_of_recovery()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs", new SocketConsumerOptions { AckStyle = AckStyle.OnFlush }));
        await using var client = await RecoveringClient.JoinAsync(app.App);
        await app.IO.EmitAsync("seen", 1);
        await client.ShouldReceive("""["seen",1]""");
        var position = client.Offset;
        await app.IO.Queue<string>("jobs").EnqueueAsync("a text");
        // A client takes the last string of any event for its position.
        await client.ShouldReceive("""["jobs","a text"]""");
        client.Offset.ShouldBe(position);
        await app.IO.Queue<int>("numbers").EnqueueAsync(1);
        await app.IO.Sockets[0].ConsumeAsync("numbers", new SocketConsumerOptions { AckStyle = AckStyle.OnFlush });
        (await client.Wire.ReceiveAsync()).ShouldBe("""42["numbers",1]""");
    }

    [Fact]
    public async Task What_comes_in_one_turn_of_the_store_leaves_with_one_write_a_connection()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs", maxInFlight: 20));
        await using var ann = await app.ConnectAsync("ann");
        await using var ben = await app.ConnectAsync("ben");
        await UntilConsumers(app, "jobs", 2);
        var writes = 0;
        app.IO.Engine.BeforeOutput = () => Interlocked.Increment(ref writes);
        await app.IO.Queue<int>("jobs").EnqueueManyAsync([.. Enumerable.Range(0, 20)]);
        for (var i = 0; i < 10; i++)
        {
            await Next(ann);
            await Next(ben);
        }

        Volatile.Read(ref writes).ShouldBe(2);
    }

    [Fact]
    public async Task Work_goes_to_the_least_busy()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs", maxInFlight: 2));
        await using var ann = await app.ConnectAsync("ann");
        await using var ben = await app.ConnectAsync("ben");
        await UntilConsumers(app, "jobs", 2);
        await app.IO.Queue<int>("jobs").EnqueueManyAsync([1, 2, 3, 4, 5]);
        var (one, three) = (await Next(ann), await Next(ann));
        var (two, four) = (await Next(ben), await Next(ben));
        new[] { one.Job, two.Job, three.Job, four.Job }.Order().ShouldBe(["[\"jobs\",1]", "[\"jobs\",2]", "[\"jobs\",3]", "[\"jobs\",4]"]);
        await ben.AckAsync(two.AckId);
        (await Next(ben)).Job.ShouldBe("[\"jobs\",5]");
        await ann.ShouldBeQuiet();
    }

    [Fact]
    public async Task Control_answers_nack_reject_and_release()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
        await using var client = await app.ConnectAsync();
        await app.IO.Queue<int>("jobs").EnqueueAsync(1);
        await client.AckAsync((await Next(client)).AckId, """[{"$release":true}]""");
        await client.AckAsync((await Next(client)).AckId, """[{"$nack":{"delayMs":5000,"reason":"busy"}}]""");
        await Until(app, "jobs", s => s.Scheduled == 1, "the job waited");
        (await app.IO.Store!.Queue("jobs").BrowseAsync()).ShouldHaveSingleItem().FailureCount.ShouldBe(1);
        await app.PassAsync(TimeSpan.FromSeconds(5));
        await client.AckAsync((await Next(client)).AckId, """[{"$reject":"never"}]""");
        await Until(app, "jobs", s => s.DeadLettered == 1, "the job was dead");
        (await app.IO.Store!.Queue("jobs").DeadLetters.BrowseAsync()).ShouldHaveSingleItem().DeadLetter!.Error.ShouldBe("never");
    }

    [Fact]
    public async Task A_lost_worker_gives_its_work_back_after_the_grace()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
        await using var other = await app.ConnectAsync("other");
        await UntilConsumers(app, "jobs", 1);
        var lost = await app.ConnectAsync("lost");
        await UntilConsumers(app, "jobs", 2);
        await app.IO.Queue<int>("jobs").EnqueueManyAsync([1, 2]);
        var kept = await Next(other);
        await Next(lost);
        await lost.DisposeAsync();
        await UntilConsumers(app, "jobs", 1);
        await other.AckAsync(kept.AckId);
        await app.PassAsync(TimeSpan.FromSeconds(14));
        await other.ShouldBeQuiet();
        await app.PassAsync(TimeSpan.FromSeconds(2));
        // The loss counts as a failure of the job that the worker had, so that there is a wait.
        await app.PassAsync(TimeSpan.FromSeconds(2));
        await other.AckAsync((await Next(other)).AckId);
        await Until(app, "jobs", s => s.Acked == 2, "both jobs were done");
    }

    [Fact]
    public async Task A_worker_that_comes_back_in_time_finds_its_work_and_may_still_answer_what_it_had()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
        var job = await LoseWorkerAsync(app);
        await using var second = await app.ConnectAsync("42");
        (await Next(second)).Job.ShouldBe(job.Job);
        await second.AckAsync(job.AckId);
        await Until(app, "jobs", s => s is { Acked: 1, InFlight: 0 }, "the late answer counted");
    }

    [Fact]
    public async Task A_failure_reported_before_CONNECT_is_a_failure_in_the_style_of_its_queue()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs", new SocketConsumerOptions { AckStyle = AckStyle.NodeError }));
        var job = await LoseWorkerAsync(app);
        await using var second = await app.OpenAsync("42");
        await second.AckAsync(job.AckId, "[\"broken\"]");
        await second.JoinAsync();
        await Until(app, "jobs", s => s is { Scheduled: 1, Acked: 0 }, "the job waited to be tried again");
        (await app.IO.Store!.Queue("jobs").BrowseAsync()).ShouldHaveSingleItem().FailureCount.ShouldBe(1);
    }

    [Fact]
    public async Task A_failure_reported_on_the_next_connection_is_no_success()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs", new SocketConsumerOptions { AckStyle = AckStyle.NodeError }));
        var job = await LoseWorkerAsync(app);
        await using var second = await app.ConnectAsync("42");
        var again = await Next(second);
        await second.AckAsync(job.AckId, "[\"broken\"]");
        await second.ShouldBeQuiet();
        (await app.IO.Store!.Queue("jobs").GetStatisticsAsync())!.Acked.ShouldBe(0);
        await second.AckAsync(again.AckId);
        await Until(app, "jobs", s => s.Acked == 1, "the second try succeeded");
    }

    [Fact]
    public async Task A_queue_that_was_given_up_is_forgotten()
    {
        await using var app = await InboxApp.StartAsync();
        Socket? worker = null;
        app.IO.OnConnection(socket =>
        {
            worker = socket;
            return socket.ConsumeAsync("jobs", maxInFlight: 100);
        });
        await using var client = await app.ConnectAsync();
        await app.IO.Queue<int>("jobs").EnqueueAsync(1);
        var job = await Next(client);
        var id = (await app.IO.Store!.Queue("jobs").BrowseAsync()).ShouldHaveSingleItem().Id;
        worker!.Feature<SocketConsumers>()!.FindJob(id).ShouldNotBeNull();
        await worker.StopConsumingAsync("jobs");
        worker.Feature<SocketConsumers>()!.FindJob(id).ShouldBeNull();
        await client.AckAsync(job.AckId);
        await Until(app, "jobs", s => s.Acked == 1, "what it does about the job all the same counts");
    }

    [Fact]
    public async Task Nobody_settles_the_work_of_others()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket => socket.Handshake.User.FindFirstValue(ClaimTypes.NameIdentifier) == "thief"
            ? Task.CompletedTask
            : socket.ConsumeAsync("jobs"));
        await using var nameless = await app.ConnectAsync(user: null);
        await using var thief = await app.ConnectAsync("thief");
        await app.IO.Queue<int>("jobs").EnqueueAsync(1);
        var job = await Next(nameless);
        await thief.AckAsync(job.AckId);
        await thief.AckAsync(job.AckId, """[{"$reject":"mine"}]""");
        await thief.ShouldBeQuiet();
        (await app.IO.Store!.Queue("jobs").GetStatisticsAsync())!
            .ShouldSatisfyAllConditions(s => s.InFlight.ShouldBe(1), s => s.Acked.ShouldBe(0));
        await nameless.AckAsync(job.AckId);
        await Until(app, "jobs", s => s.Acked == 1, "the one who had it was heard");
    }

    [Fact]
    public async Task A_client_may_ask_for_jobs_only_where_a_policy_lets_it()
    {
        await using var app = await StartWithPolicyAsync();
        app.IO.MapQueue("open").AllowConsumers("workers", new SocketConsumerOptions { MaxInFlight = 3 });
        app.IO.MapQueue("closed").FromEvent("closed").AllowProducers("workers");
        await app.IO.Queue<int>("open").EnqueueManyAsync([1, 2, 3, 4, 5]);
        const string Forbidden = """[{"status":"error","code":"forbidden","message":"This client may not have jobs of this queue."}]""";

        await using var guest = await app.ConnectAsync("guest");
        foreach (var name in new[] { "\"open\"", "\"closed\"", "\"unknown\"", "\"*\"", "\"op*\"", "\"\"", "null", "7" })
        {
            await guest.SendAsync($"421[\"queue:subscribe\",{name}]");
            var answer = await guest.ReceiveAsync();
            if (name == "7") answer.ShouldContain("invalid_arguments");
            else answer.ShouldBe("431" + Forbidden);
        }

        await using var worker = await app.ConnectAsync("worker");
        await worker.SendAsync("421[\"queue:subscribe\",\"closed\"]");
        await worker.ShouldReceive("431" + Forbidden);
        await worker.SendAsync("422[\"queue:subscribe\",\"open\",{\"maxInFlight\":1000}]");
        var received = new List<string>();
        for (var i = 0; i < 4; i++) received.Add(await worker.ReceiveAsync());
        received.ShouldContain("""432[{"status":"ok","maxInFlight":3}]""");
        await worker.ShouldBeQuiet();
        (await app.IO.Store!.Queue("open").GetStatisticsAsync())!
            .ShouldSatisfyAllConditions(s => s.InFlight.ShouldBe(3), s => s.Consumers.ShouldBe(1));

        await worker.SendAsync("423[\"queue:unsubscribe\",\"open\"]");
        await worker.ShouldReceive("""433[{"status":"ok"}]""");
        await Until(app, "open", s => s is { Ready: 5, Consumers: 0 }, "the jobs went back");
        (await app.IO.Store!.Queue("open").BrowseAsync()).ShouldAllBe(m => m.FailureCount == 0);
    }

    [Fact]
    public async Task A_client_is_told_that_a_queue_takes_no_more_workers()
    {
        const int Most = 10_000;
        await using var app = await StartWithPolicyAsync();
        app.IO.MapQueue("jobs").AllowConsumers("workers");
        await using var worker = await app.ConnectAsync("worker");
        var others = await Task.WhenAll(Enumerable.Range(0, Most).Select(_ => app.IO.Store!.Queue("jobs").SubscribeAsync()));

        await worker.SendAsync("421[\"queue:subscribe\",\"jobs\"]");
        await worker.ShouldReceive("""431[{"status":"error","code":"unavailable","message":"The queue cannot be subscribed to now."}]""");

        await others[0].DisposeAsync();
        await worker.SendAsync("422[\"queue:subscribe\",\"jobs\"]");
        await worker.ShouldReceive("""432[{"status":"ok","maxInFlight":1}]""");
    }

    [Fact]
    public async Task A_second_subscription_is_answered_with_what_applies()
    {
        await using var app = await StartWithPolicyAsync();
        app.IO.MapQueue("jobs").AllowConsumers("workers", new SocketConsumerOptions { MaxInFlight = 10 });
        await using var worker = await app.ConnectAsync("worker");
        await worker.SendAsync("421[\"queue:subscribe\",\"jobs\",{\"maxInFlight\":2}]");
        await worker.ShouldReceive("""431[{"status":"ok","maxInFlight":2}]""");
        await worker.SendAsync("422[\"queue:subscribe\",\"jobs\",{\"maxInFlight\":7}]");
        await worker.ShouldReceive("""432[{"status":"ok","maxInFlight":2}]""");
        await worker.SendAsync("423[\"queue:unsubscribe\",\"jobs\"]", "424[\"queue:subscribe\",\"jobs\",{\"maxInFlight\":7}]");
        await worker.ShouldReceive("""433[{"status":"ok"}]""", """434[{"status":"ok","maxInFlight":7}]""");
    }

    [Fact]
    public async Task A_worker_may_ask_for_more_time_for_what_it_has()
    {
        await using var app = await StartWithPolicyAsync(isTimed: true);
        var options = new SocketConsumerOptions { Metadata = DeliveryMetadata.Trailing, AckTimeout = TimeSpan.FromSeconds(30) };
        app.IO.MapQueue("jobs").AllowConsumers("workers", options);
        await using var worker = await app.ConnectAsync("worker");
        var receipt = await app.IO.Queue<int>("jobs").EnqueueAsync(1);
        await worker.SendAsync("42[\"queue:subscribe\",\"jobs\"]");
        var job = await Next(worker);
        job.Job.ShouldContain($"\"id\":\"{receipt.Id}\"");
        job.Job.ShouldContain("\"attempt\":1,\"redelivered\":false");
        for (var i = 0; i < 3; i++)
        {
            await app.PassAsync(TimeSpan.FromSeconds(20));
            await worker.SendAsync($"421[\"queue:extend\",\"{receipt.Id}\"]");
            await worker.ShouldReceive("""431[{"status":"ok"}]""");
        }

        (await app.IO.Store!.Queue("jobs").GetStatisticsAsync())!.InFlight.ShouldBe(1);
        await using var other = await app.ConnectAsync("worker");
        foreach (var id in new[] { $"\"{receipt.Id}\"", "\"nonsense\"", "null" })
        {
            await other.SendAsync($"421[\"queue:extend\",{id}]");
            (await other.ReceiveAsync()).ShouldContain("lease_lost");
        }

        // Without a word about the job the lease ends; that the worker is there makes it a failure, and the job comes anew.
        await app.PassAsync(TimeSpan.FromSeconds(30));
        await worker.ShouldReceive("2");
        await worker.SendAsync("3");
        await worker.ShouldBeQuiet();
        var again = Next(worker);
        for (var i = 0; i < 60 && !again.IsCompleted; i++) await app.PassAsync(TimeSpan.FromSeconds(1));
        (await again).Job.ShouldContain("\"attempt\":2,\"redelivered\":true");
    }

    [Fact]
    public async Task What_is_no_json_goes_to_the_dead_letters_and_not_to_a_client()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
        await using var client = await app.ConnectAsync();
        await app.IO.Store!.Queue("jobs").EnqueueAsync("1],[\"injected\""u8.ToArray());
        await app.IO.Store!.Queue("jobs").EnqueueAsync(""u8.ToArray());
        await app.IO.Store!.Queue("jobs").EnqueueAsync("\"good\""u8.ToArray());
        (await Next(client)).Job.ShouldBe("[\"jobs\",\"good\"]");
        (await app.IO.Store!.Queue("jobs").GetStatisticsAsync())!.DeadLettered.ShouldBe(2);
    }

    [Fact]
    public async Task A_stopping_server_releases_the_work_of_its_clients_uncounted()
    {
        var directory = Directory.CreateTempSubdirectory("stork").FullName;
        try
        {
            await using (var app = await InboxApp.StartAsync(directory))
            {
                app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
                await using var client = await app.ConnectAsync(user: null);
                await app.IO.Queue<int>("jobs").EnqueueAsync(1);
                await Next(client);
                await app.App.StopAsync();
            }

            await using var again = await InboxApp.StartAsync(directory);
            (await again.IO.Store!.Queue("jobs").BrowseAsync()).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
                m => m.State.ShouldBe(MessageState.Ready), m => m.FailureCount.ShouldBe(0));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Server_code_and_clients_share_the_work()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
        await using var client = await app.ConnectAsync();
        await UntilConsumers(app, "jobs", 1);
        var inServer = 0;
        app.IO.Queue<int>("jobs").Consume(
            (_, _) =>
            {
                Interlocked.Increment(ref inServer);
                return Task.CompletedTask;
            },
            new QueueConsumerOptions { Concurrency = 1 });
        await UntilConsumers(app, "jobs", 2);
        await app.IO.Queue<int>("jobs").EnqueueManyAsync([.. Enumerable.Range(0, 20)]);
        var job = await Next(client);
        await Until(app, "jobs", s => s.Acked == 19, "the server did all that the client had no time for");
        inServer.ShouldBe(19);
        await client.AckAsync(job.AckId);
        await Until(app, "jobs", s => s.Acked == 20, "the client did its share");
    }

    /// <summary>A worker gets a job and loses its connection.</summary>
    private static async Task<(int AckId, string Job)> LoseWorkerAsync(InboxApp app)
    {
        var worker = await app.ConnectAsync("42");
        await app.IO.Queue<int>("jobs").EnqueueAsync(1);
        var job = await Next(worker);
        await worker.DisposeAsync();
        await UntilConsumers(app, "jobs", 0);
        return job;
    }

    private static Task<InboxApp> StartWithPolicyAsync(bool isTimed = false) => InboxApp.StartAsync(
        options: o => o.PingInterval = TimeSpan.FromHours(1),
        isTimed: isTimed,
        services: s => s.AddAuthorizationBuilder().AddPolicy("workers", policy => policy
            .RequireClaim(ClaimTypes.NameIdentifier, "worker").RequireAssertion(c => c.Resource is QueueAccess)));

    private static async Task<(int AckId, string Job)> Next(TestClient client) => InboxApp.Split(await client.ReceiveAsync());

    private static Task UntilConsumers(InboxApp app, string queue, int count) =>
        Until(app, queue, s => s.Consumers == count, $"queue {queue} had {count} consumers");

    private static Task Until(InboxApp app, string queue, Func<QueueStatistics, bool> condition, string awaited) =>
        Waiting.Until(() => app.IO.Store!.Queue(queue).GetStatisticsAsync().Result is { } statistics && condition(statistics), awaited);
}
