namespace Stork.Tests.Durable.WorkQueues;

/// <summary>Queues that get jobs and have no consumer.</summary>
public sealed class UnattendedTests
{
    [Fact]
    public async Task A_queue_that_nobody_takes_jobs_of_is_told_of_once_with_the_names_that_have_consumers()
    {
        await using var app = await QueueApp.StartAsync();
        foreach (var name in new[] { "thumbnails", "mails" }) app.IO.Queue<int>(name).Consume((_, _) => Task.CompletedTask);
        await app.IO.Queue<int>("thumbnial").EnqueueAsync(1);
        await app.IO.Queue<int>("mails").EnqueueAsync(1);
        await app.PassUntil(() => app.Log.Of(91).Any(), "the queue was told of");
        var told = app.Log.Of(91).ShouldHaveSingleItem();
        told.Message.ShouldContain("\"thumbnial\"");
        told.Message.ShouldContain("\"mails\", \"thumbnails\"");
        await app.IO.Queue<int>("thumbnial").EnqueueAsync(2);
        await app.Pass(100);
        app.Log.Of(91).Count().ShouldBe(1);
    }

    [Fact]
    public async Task Nothing_is_said_of_a_queue_that_is_empty_or_paused_or_whose_consumer_comes_soon()
    {
        await using var app = await QueueApp.StartAsync();
        var (paused, soon) = (app.IO.Queue<int>("paused"), app.IO.Queue<int>("soon"));
        _ = app.IO.Queue<int>("empty");
        await paused.PauseAsync();
        await paused.EnqueueAsync(1);
        await soon.EnqueueAsync(1);
        await app.Pass(9);
        soon.Consume((_, _) => Task.CompletedTask);
        await app.Pass(100);
        app.Log.Of(91).ShouldBeEmpty();
    }
}
