namespace Stork.Tests.Durable.Inboxes;

/// <summary>Clients whose connection broke without a word, which the heartbeat shows only after leases have ended.</summary>
public sealed class SilenceTests
{
    /// <summary>Beyond the ping interval, the ping timeout and the grace.</summary>
    private static readonly TimeSpan UntilGivenUp = TimeSpan.FromSeconds(62);

    [Fact]
    public async Task A_message_whose_client_was_silent_when_the_lease_ended_is_not_counted_as_failed()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.ShouldBeAsked("[\"a\"]");
        await app.PassAsync(UntilGivenUp);
        await app.UntilAsync("42", static s => s is { Ready: 1, Consumers: 0 }, "the message went back");
        (await app.IO.Inbox("42").Queue.BrowseAsync()).ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            m => m.FailureCount.ShouldBe(0), m => m.DeliveryCount.ShouldBe(1));
    }

    [Fact]
    public async Task Of_the_jobs_of_a_worker_that_fell_silent_the_oldest_alone_is_counted_and_once()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs", maxInFlight: 2));
        await using var client = await app.ConnectAsync();
        await app.IO.Queue<int>("jobs").EnqueueManyAsync([1, 2]);
        for (var i = 0; i < 2; i++) await client.ReceiveAsync();
        await app.PassAsync(UntilGivenUp);
        var queue = app.IO.Store!.Queue("jobs");
        await Waiting.Until(() => queue.GetStatisticsAsync().Result is { InFlight: 0, Consumers: 0 }, "the jobs went back");
        (await queue.BrowseAsync()).Select(static m => (m.FailureCount, m.DeliveryCount)).ShouldBe([(1, 1), (0, 1)]);
    }

    [Fact]
    public async Task A_client_that_is_there_is_asked_at_once_and_its_message_fails_without_waiting_for_the_heartbeat()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true, options: o =>
        {
            o.PingInterval = TimeSpan.FromHours(1);
            o.InboxQueue = o.InboxQueue with { AckTimeout = TimeSpan.FromSeconds(5) };
        });
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.ShouldBeAsked("[\"a\"]");
        await app.PassAsync(TimeSpan.FromSeconds(5));
        await client.ShouldReceive("2");
        await client.SendAsync("3");
        await client.ShouldBeQuiet();
        await app.PassAsync(TimeSpan.FromSeconds(2));
        await client.ShouldBeAsked("[\"a\"]");
        (await app.IO.Inbox("42").Queue.BrowseAsync()).ShouldHaveSingleItem().FailureCount.ShouldBe(1);
    }
}
