using System.Globalization;

namespace Stork.Queues.Tests;

public sealed class ListingTests
{
    private static readonly QueueStoreOptions InMemory = new() { Durability = Durability.Memory, SegmentSize = 16 << 20 };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Lists_very_many_inboxes_by_name_part_for_part(int shards)
    {
        const int Count = 60_000;
        await using var store = await QueueStore.OpenAsync("", InMemory with { Shards = shards });
        foreach (var some in Enumerable.Range(0, Count).Chunk(1000))
            await Task.WhenAll(some.Select(i => store.Inbox(NameOf(i)).EnqueueAsync(new byte[1])));
        await store.Queue("jobs").EnqueueAsync(new byte[1]);

        var listed = new List<string>();
        string? after = null;
        do
        {
            var part = await store.ListQueuesAsync(QueueKind.Inbox, after: after, limit: QueueListing.MaxLimit);
            part.Queues.Count.ShouldBe(QueueListing.MaxLimit);
            part.Queues.ShouldAllBe(static q => q.Ready == 1);
            listed.AddRange(part.Queues.Select(static q => q.Name));
            after = part.Next;
        }
        while (after is not null);

        listed.ShouldBe(Enumerable.Range(0, Count).Select(NameOf).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Lists_parts_of_a_million_inboxes()
    {
        const int Count = 1_000_000;
        await using var store = await QueueStore.OpenAsync("", InMemory with { SegmentSize = 64 << 20 });
        foreach (var some in Enumerable.Range(0, Count).Chunk(QueueBatch.MaxItems))
        {
            var batch = store.CreateBatch();
            foreach (var i in some) batch.Enqueue(store.Inbox($"{i:D6}"), new Message(new byte[1]));
            await batch.CommitAsync();
        }

        foreach (var from in new[] { 0, 499_999, Count - 150 })
        {
            var part = await store.ListQueuesAsync(QueueKind.Inbox, after: from == 0 ? null : $"{from - 1:D6}");
            var expected = Enumerable.Range(from, QueueListing.DefaultLimit).Select(static i => $"{i:D6}");
            part.Queues.Select(static q => q.Name).ShouldBe(expected);
            part.Next.ShouldBe($"{from + QueueListing.DefaultLimit - 1:D6}");
        }

        (await store.ListQueuesAsync(QueueKind.Inbox, prefix: "77777")).Queues.Count.ShouldBe(10);
        (await store.ListQueuesAsync(QueueKind.Inbox, after: $"{Count - 2:D6}")).ShouldSatisfyAllConditions(
            static last => last.Queues.ShouldHaveSingleItem().Name.ShouldBe("999999"),
            static last => last.Next.ShouldBeNull());
    }

    [Fact]
    public async Task Lists_those_of_a_kind_whose_name_begins_so()
    {
        await using var store = await QueueStore.OpenAsync("", InMemory);
        foreach (var name in new[] { "b", "a:2", "ä", "a:1", "a", "\U0001F426", "\uFFFD" })
            await store.Inbox(name).EnqueueAsync(new byte[1]);
        await store.Queue("a:3").EnqueueAsync(new byte[1]);

        (await NamesAsync(store, prefix: null)).ShouldBe(["a", "a:1", "a:2", "b", "ä", "\uFFFD", "\U0001F426"]);
        (await NamesAsync(store, "a:")).ShouldBe(["a:1", "a:2"]);
        (await NamesAsync(store, "a:", "a:1")).ShouldBe(["a:2"]);
        (await NamesAsync(store, "c")).ShouldBeEmpty();
        (await store.ListQueuesAsync(QueueKind.Work)).Queues.ShouldHaveSingleItem().Name.ShouldBe("a:3");
        (await store.ListQueuesAsync(QueueKind.DeadLetter)).Queues.ShouldBeEmpty();
    }

    [Fact]
    public async Task Says_whether_there_is_more()
    {
        await using var store = await QueueStore.OpenAsync("", InMemory);
        foreach (var name in new[] { "a", "b", "c", "d" }) await store.Queue(name).EnqueueAsync(new byte[1]);
        (await store.ListQueuesAsync(QueueKind.Work, limit: 3)).Next.ShouldBe("c");
        (await store.ListQueuesAsync(QueueKind.Work, limit: 4)).Next.ShouldBeNull();
        (await store.ListQueuesAsync(QueueKind.Work, after: "c")).Next.ShouldBeNull();
        foreach (var wrong in new[] { 0, -1, QueueListing.MaxLimit + 1 })
            await Should.ThrowAsync<ArgumentOutOfRangeException>(() => store.ListQueuesAsync(QueueKind.Work, limit: wrong));
    }

    private static string NameOf(int i) => "user:" + (i * 7919 % 100_003).ToString(CultureInfo.InvariantCulture);

    private static async Task<IEnumerable<string>> NamesAsync(QueueStore store, string? prefix, string? after = null) =>
        (await store.ListQueuesAsync(QueueKind.Inbox, prefix, after)).Queues.Select(static q => q.Name);
}
