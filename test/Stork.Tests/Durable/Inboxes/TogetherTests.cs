using Stork.Queues;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>Events for inboxes that are stored together with something else.</summary>
public sealed class TogetherTests
{
    [Fact]
    public async Task Events_and_jobs_are_stored_together_or_not_at_all()
    {
        await using var app = await InboxApp.StartAsync(options: options =>
            options.Store = options.Store with
            {
                Configure = static (_, name) => name == "full" ? QueueOptions.Inbox with { MaxMessages = 1 } : null,
            });
        await app.IO.Inbox("full").EmitAsync("first");
        var book = app.IO.Queue<int>("book");
        var refused = await Should.ThrowAsync<QueueException>(() => app.IO.StoreAsync(
            book.Prepare(7), app.IO.Inbox("42").Prepare("taken", 7), app.IO.Inbox("full").Prepare("taken", 7)));
        refused.Code.ShouldBe(QueueErrorCode.QueueFull);
        (await book.Queue.BrowseAsync()).ShouldBeEmpty();
        (await app.IO.Inbox("42").Queue.BrowseAsync()).ShouldBeEmpty();

        var receipts = await app.IO.StoreAsync(
            app.IO.Inbox("42").Prepare("taken", 7), app.IO.Inbox("42").Prepare("taken", 8, "by anna", new byte[] { 1 }), book.Prepare(7));
        receipts.Select(receipt => receipt.Sequence).ShouldBe([1, 2, 1]);
        (await book.Queue.BrowseAsync()).Count.ShouldBe(1);
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"taken\",7]"));
        (await client.ReceiveAsync()).ShouldEndWith("[\"taken\",8,\"by anna\",{\"_placeholder\":true,\"num\":0}]");
    }

    [Fact]
    public async Task A_job_ends_together_with_the_news_of_it()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.Queue<int>("thumbnails").Consume(async (context, stop) =>
        {
            await context.CompleteAsync([app.IO.Inbox("42").Prepare("thumbnail", context.Job)], stop);
            throw new InvalidOperationException("means nothing any more");
        });
        await app.IO.Queue<int>("thumbnails").EnqueueAsync(7);
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"thumbnail\",7]"));
        (await app.IO.Queue<int>("thumbnails").Queue.GetStatisticsAsync())!.Acked.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_stored_together_keeps_the_options_of_each()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        var once = app.IO.Inbox("42").With(new InboxMessageOptions { DedupId = "7" });
        var first = await app.IO.StoreAsync(once.Prepare("taken", 7));
        var again = await app.IO.StoreAsync(once.Prepare("taken", 7), app.IO.Inbox("42").Prepare("taken", 8));
        again.Select(receipt => receipt.Duplicate).ShouldBe([true, false]);
        again[0].Id.ShouldBe(first[0].Id);
        await app.UntilUnsettled("42", 2);
    }
}
