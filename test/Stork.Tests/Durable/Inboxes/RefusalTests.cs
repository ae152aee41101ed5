using System.Net.WebSockets;
using Stork.Queues;
using Stork.Tests.Clients;
using Stork.Tests.Recovery;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>Clients that end the connection themselves, whether because of what they were sent or not.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(SocketIOTransports.WebSocket, false)]
    [InlineData(SocketIOTransports.WebSocket, true)]
    [InlineData(SocketIOTransports.Polling, false)]
    public async Task A_worker_with_a_name_that_ends_the_connection_at_a_job_and_returns_at_once_fails_it(
        SocketIOTransports transport, bool isCrash)
    {
        await using var app = await StartAsync();
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
        await app.IO.Queue<string>("jobs").EnqueueAsync("poison");
        for (var lives = 0; lives < 3; lives++)
        {
            var client = await app.ConnectAsync(transport: transport);
            await client.ShouldBeAsked("""["jobs","poison"]""");
            if (isCrash) await client.DisposeAsync();
            else await LeaveAsync(client);
            await UntilConsumersAsync(app, 0);
        }

        await using var last = await app.ConnectAsync(transport: transport);
        await UntilConsumersAsync(app, 1);
        await last.ShouldBeQuiet();
        var dead = (await app.IO.Store!.Queue("jobs").DeadLetters.BrowseAsync()).ShouldHaveSingleItem().DeadLetter!;
        dead.Attempts.Select(static attempt => attempt.Outcome).ShouldBe(["Suspected", "Refused", "Refused"]);
    }

    [Fact]
    public async Task A_worker_with_several_jobs_that_is_cut_off_says_nothing_about_them()
    {
        await using var app = await StartAsync();
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs", maxInFlight: 3));
        await app.IO.Queue<int>("jobs").EnqueueManyAsync([1, 2]);
        for (var lives = 0; lives < 4; lives++)
        {
            var client = await app.ConnectAsync();
            await client.ShouldBeAsked("""["jobs",1]""");
            await client.ShouldBeAsked("""["jobs",2]""");
            await client.DisposeAsync();
            await UntilConsumersAsync(app, 0);
        }
    }

    [Fact]
    public async Task A_page_that_is_left_or_a_connection_that_breaks_says_nothing_about_the_message()
    {
        await using var app = await StartAsync();
        await app.IO.Inbox("42").EmitAsync("m");
        await app.IO.Inbox("42").EmitAsync("n");
        for (var lives = 0; lives < 6; lives++)
        {
            var client = (WebSocketClient)await app.ConnectAsync();
            await client.ShouldBeAsked("[\"m\"]");
            await client.ShouldBeAsked("[\"n\"]");
            if (lives % 2 == 0) await client.DisposeAsync();
            else await client.CloseAsync(WebSocketCloseStatus.EndpointUnavailable);
            await app.UntilConsumers("42", 0);
        }

        (await app.IO.Inbox("42").Queue.BrowseAsync()).ShouldAllBe(static message => message.FailureCount == 0);
    }

    [Fact]
    public async Task A_client_that_leaves_its_namespace_gives_back_uncounted_and_unsuspected()
    {
        await using var app = await StartAsync();
        foreach (var name in new[] { "m", "n" }) await app.IO.Inbox("42").EmitAsync(name);
        for (var lives = 0; lives < 4; lives++)
        {
            var client = (WebSocketClient)await app.ConnectAsync();
            await client.ShouldBeAsked("[\"m\"]");
            await client.ShouldBeAsked("[\"n\"]");
            await client.SendAsync("41");
            await client.CloseAsync();
            await app.UntilConsumers("42", 0);
        }
    }

    [Fact]
    public async Task A_client_that_cannot_take_what_it_missed_gets_a_new_session_after_a_few_returns()
    {
        await using var app = await StorkApp.StartAsync(
            static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen", 1);
        await client.ShouldReceive("""["seen",1]""");
        var (pid, offset) = (client.Pid, client.Offset);
        await ((WebSocketClient)client.Wire).CloseAsync();
        await app.UntilConnections(0);
        await app.IO.EmitAsync("missed", 2);
        var returns = 0;
        for (; client.Pid == pid; returns++)
        {
            returns.ShouldBeLessThan(10);
            // It got as far as before, and no further.
            client.Offset = offset;
            client = await client.ReturnAsync(app);
            await ((WebSocketClient)client.Wire).CloseAsync();
            await app.UntilConnections(0);
        }

        returns.ShouldBe(5);
        client.Missed.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_takes_what_it_missed_may_end_its_connections_as_often_as_it_likes()
    {
        await using var app = await StorkApp.StartAsync(
            static options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen", 0);
        await client.ShouldReceive("""["seen",0]""");
        var pid = client.Pid;
        for (var i = 1; i < 12; i++)
        {
            await ((WebSocketClient)client.Wire).CloseAsync();
            await app.UntilConnections(0);
            if (i % 2 == 0) await app.IO.EmitAsync("missed", i);
            client = await client.ReturnAsync(app);
            client.Pid.ShouldBe(pid);
            client.Missed.Count.ShouldBe(i % 2 == 0 ? 1 : 0);
        }
    }

    private static async Task LeaveAsync(TestClient client)
    {
        if (client is WebSocketClient socket) await socket.CloseAsync();
        else await client.SendAsync("1");
    }

    private static async Task UntilConsumersAsync(InboxApp app, int count)
    {
        var queue = app.IO.Store!.Queue("jobs");
        for (var looks = 0; (await queue.GetStatisticsAsync())?.Consumers != count; looks++)
        {
            looks.ShouldBeLessThan(5_000, $"waited until the queue had {count} consumers");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        }
    }

    private static Task<InboxApp> StartAsync() => InboxApp.StartAsync(options: static options =>
    {
        options.InboxQueue = QueueOptions.Inbox with { MaxFailures = 1, Backoff = TimeSpan.Zero };
        options.ConfigureQueue("jobs", static queue => queue with { MaxFailures = 1, Backoff = TimeSpan.Zero });
    });
}
