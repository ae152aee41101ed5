using System.Collections.Concurrent;
using Stork.Queues.Tests.Faults;

namespace Stork.Queues.Tests;

/// <summary>Seeking, redriving and looking, through the public surface.</summary>
public sealed class ReplayTests
{
    private static readonly QueueStoreOptions InMemory = new()
    {
        Durability = Durability.Memory,
        SegmentSize = 1 << 20,
        Configure = static (kind, name) => kind switch
        {
            QueueKind.Inbox => QueueOptions.Inbox with { Retention = TimeSpan.FromDays(1) },
            QueueKind.Work => QueueOptions.Work with { MaxFailures = 0 },
            _ => null,
        },
    };

    [Fact]
    public async Task Replays_from_a_time_on()
    {
        var time = new ManualTime();
        await using var store = await QueueStore.OpenAsync("", InMemory with { TimeProvider = time });
        var inbox = store.Inbox("user:1");
        await using var consumer = await inbox.SubscribeAsync();
        for (byte minute = 0; minute < 10; minute++)
        {
            await inbox.EnqueueAsync(new[] { minute });
            (await (await consumer.ReceiveAsync()).AckAsync()).ShouldBe(SettleOutcome.Done);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        var start = time.GetUtcNow() - TimeSpan.FromMinutes(10);
        (await inbox.SeekAsync(start + TimeSpan.FromMinutes(6.5))).ShouldBe(3);
        for (byte minute = 7; minute < 10; minute++) (await consumer.ReceiveAsync()).Body.ToArray().ShouldBe([minute]);
        (await inbox.SeekAsync(start + TimeSpan.FromMinutes(5))).ShouldBe(2, "5 and 6; the later ones are out");
        (await inbox.SeekAsync(time.GetUtcNow())).ShouldBe(0);
        (await inbox.SeekAsync(start - TimeSpan.FromDays(1))).ShouldBe(5);
    }

    [Fact]
    public async Task Redrives_those_of_one_origin_that_did_not_come_back_too_often_at_a_rate()
    {
        var time = new RecordingTime();
        await using var store = await QueueStore.OpenAsync("", InMemory with { TimeProvider = time });
        var (one, two) = (store.Inbox("one"), store.Inbox("two"));
        foreach (var inbox in (MessageQueue[])[one, two]) await RejectAsync(inbox, 6);
        var dead = one.DeadLetters;
        (await dead.RedriveAsync(max: 2, origin: "one")).ShouldBe(2);
        (await one.GetStatisticsAsync())!.Ready.ShouldBe(2);
        (await two.GetStatisticsAsync())!.Ready.ShouldBe(0);
        time.Delays.ShouldBeEmpty("no rate, no wait");

        await RejectAsync(one, 0);
        (await dead.RedriveAsync(origin: "one", maxRedrives: 1)).ShouldBe(4, "the two that came back stay");
        (await dead.RedriveAsync(origin: "two", perSecond: 2)).ShouldBe(6);
        time.Delays.ShouldBe([TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)]);
        (await dead.GetStatisticsAsync())!.Ready.ShouldBe(2);
        await Should.ThrowAsync<InvalidOperationException>(() => one.RedriveAsync());
    }

    [Fact]
    public async Task Shows_long_queues_page_by_page_and_by_state()
    {
        await using var store = await QueueStore.OpenAsync("", InMemory);
        var queue = store.Queue("jobs");
        foreach (var batch in Enumerable.Range(1, 2500).Chunk(500))
            await queue.EnqueueAsync([.. batch.Select(static i => new Message(new byte[i % 50]) { Delay = TimeSpan.FromHours(i % 2) })]);
        foreach (var state in (MessageState?[])[null, MessageState.Ready, MessageState.Scheduled, MessageState.InFlight])
        {
            var seen = new List<long>();
            while (true)
            {
                var page = await queue.BrowseAsync(
                    new BrowseOptions { State = state, FromSequence = seen.LastOrDefault() + 1, Limit = 1000 });
                if (page.Count == 0) break;
                seen.AddRange(page.Select(static m => m.Sequence));
            }

            seen.ShouldBe(seen.Order().Distinct());
            seen.Count.ShouldBe(state is null ? 2500 : state == MessageState.InFlight ? 0 : 1250);
        }

        (await queue.PurgeAsync()).ShouldBe(2500);
        (await queue.GetStatisticsAsync())!.Purged.ShouldBe(2500);
        await Should.ThrowAsync<QueueException>(() => queue.BrowseAsync(new BrowseOptions { Limit = 1001 }));
    }

    [Fact]
    public async Task Holds_a_million_messages_for_one_instant_in_bounded_memory()
    {
        const int Count = 1_000_000;
        const int BytesEach = 160;
        var time = new ManualTime();
        await using var store = await QueueStore.OpenAsync("", InMemory with { SegmentSize = 64 << 20, TimeProvider = time });
        var queue = store.Queue("jobs");
        var at = time.GetUtcNow() + TimeSpan.FromHours(1);
        var before = GC.GetTotalMemory(forceFullCollection: true) - store.Health.JournalBytes;
        for (var i = 0; i < Count; i += QueueBatch.MaxItems)
            await queue.EnqueueAsync([.. Enumerable.Repeat(new Message { DeliverAt = at }, QueueBatch.MaxItems)]);

        // Here the journal is in memory too; with its files it is not.
        (await queue.GetStatisticsAsync())!.Scheduled.ShouldBe(Count);
        var journal = store.Shards.Single().Journal.Segments.Sum(static s => (long)s.Capacity);
        var used = GC.GetTotalMemory(forceFullCollection: true) - before - journal;
        used.ShouldBeLessThan((long)Count * BytesEach);

        time.Advance(TimeSpan.FromHours(1));
        await using var consumer = await queue.SubscribeAsync(new SubscriptionOptions { MaxInFlight = 100 });
        (await consumer.ReceiveAsync()).Sequence.ShouldBe(1);
        var it = await queue.GetStatisticsAsync();
        (it!.Scheduled, it.Ready + it.InFlight).ShouldBe((0, Count));
    }

    private static async Task RejectAsync(MessageQueue inbox, int newOnes)
    {
        for (var i = 0; i < newOnes; i++) await inbox.EnqueueAsync(new[] { (byte)i });
        await using var consumer = await inbox.SubscribeAsync();
        for (var left = (await inbox.GetStatisticsAsync())!; left.Ready + left.InFlight > 0; left = (await inbox.GetStatisticsAsync())!)
            await (await consumer.ReceiveAsync()).RejectAsync();
    }

    /// <summary>Notes how long somebody wants to wait, and lets nobody wait.</summary>
    private sealed class RecordingTime : TimeProvider
    {
        private readonly ConcurrentQueue<TimeSpan> _delays = [];

        public IEnumerable<TimeSpan> Delays => _delays;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime <= TimeSpan.Zero) return base.CreateTimer(callback, state, dueTime, period);
            _delays.Enqueue(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}
