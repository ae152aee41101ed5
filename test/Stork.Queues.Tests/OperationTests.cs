using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Stork.Queues.Tests;

/// <summary>What an operator sees of a store: meters, log, health.</summary>
public sealed class OperationTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-operation-" + Guid.NewGuid().ToString("N"));

    private static QueueStoreOptions Small => new()
    {
        SegmentSize = 1 << 20,
        MinFreeBytes = 0,
        Configure = static (_, _) => QueueOptions.Work with { MaxFailures = 1, Backoff = TimeSpan.Zero, MaxMessages = 5 },
    };

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Counts_what_happens_in_meters_whose_names_are_stable()
    {
        await using var store = await QueueStore.OpenAsync(_directory, Small);
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new Message { DedupId = "a" });
        (await queue.EnqueueAsync(new Message { DedupId = "a" })).Duplicate.ShouldBeTrue();
        for (var i = 0; i < 4; i++) await queue.EnqueueAsync(new byte[1]);
        await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(new byte[1]));
        await using var consumer = await queue.SubscribeAsync(new SubscriptionOptions { Owner = "o" });
        await (await consumer.ReceiveAsync()).AckAsync();
        await (await consumer.ReceiveAsync()).NackAsync();
        await (await consumer.ReceiveAsync()).NackAsync();
        (await store.AckAsync(12345, "o")).ShouldBe(SettleOutcome.Unknown);
        await (await consumer.ReceiveAsync()).RejectAsync();

        var read = Read(store);
        read.ShouldContainKeyAndValue("messaging.client.sent.messages", 5);
        read.ShouldContainKeyAndValue("stork.queues.duplicates", 1);
        read.ShouldContainKeyAndValue("stork.queues.refused", 1);
        read.ShouldContainKeyAndValue("stork.queues.acknowledged", 1);
        read.ShouldContainKeyAndValue("stork.queues.acknowledged_late", 0);
        read.ShouldContainKeyAndValue("stork.queues.unknown_acknowledgements", 1);
        read.ShouldContainKeyAndValue("stork.queues.failures", 2);
        read.ShouldContainKeyAndValue("stork.queues.redelivered", 1);
        read.ShouldContainKeyAndValue("stork.queues.dead_lettered", 2);
        read.ShouldContainKeyAndValue("stork.queues.expired", 0);
        read.ShouldContainKeyAndValue("stork.queues.unreadable", 0);
        read.ShouldContainKeyAndValue("stork.queues.breaker_openings", 0);
        read["messaging.client.consumed.messages"].ShouldBeInRange(4, 5);
        read["stork.queues.syncs"].ShouldBeGreaterThan(0);
        read["stork.queues.journal.size"].ShouldBeGreaterThan(read["stork.queues.journal.live"]);
        read.Count.ShouldBe(16, "every instrument is looked at here: " + string.Join(' ', read.Keys));
    }

    [Fact]
    public async Task Logs_events_with_stable_ids_and_without_contents()
    {
        var log = new TestLog();
        await using (var store = await QueueStore.OpenAsync(_directory, Small with { Logger = log }))
        {
            await store.Queue("jobs").EnqueueAsync(new Message("secret body"u8.ToArray()) { Key = "secret key" });
            Directory.Delete(_directory, recursive: true);
            await Should.ThrowAsync<QueueException>(() => store.Queue("jobs").EnqueueAsync(new byte[1]));
        }

        log.Entries.Select(static e => (e.Id, e.Level)).ShouldBe([(1, LogLevel.Information), (2, LogLevel.Critical)]);
        log.Entries.ShouldAllBe(static e => !e.Text.Contains("secret", StringComparison.Ordinal));
        log.Entries[0].Text.ShouldContain(_directory);
    }

    [Fact]
    public async Task Says_why_it_is_not_healthy()
    {
        await using (var store = await QueueStore.OpenAsync(_directory, Small)) store.Health.IsHealthy.ShouldBeTrue();

        await using var full = await QueueStore.OpenAsync(_directory, Small with { MinFreeBytes = long.MaxValue / 4 });
        var refusal = await RefusalAsync(full.Queue("jobs"));
        refusal.Code.ShouldBe(QueueErrorCode.StoreFull);
        full.Health.RefusesProducers.ShouldBeTrue();
        full.Health.IsHealthy.ShouldBeFalse();
        full.Health.Failure.ShouldBeNull("consumers go on");
    }

    [Fact]
    public void Goes_on_after_a_restart_when_it_was_resumed_before()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", "a");
        Pause(shard, true);
        shard.Restart();
        shard.Statistics("q").Paused.ShouldBeTrue();
        Pause(shard, false);
        shard.Pass(TimeSpan.FromMilliseconds(50));
        shard.CutPower();
        shard.Statistics("q").Paused.ShouldBeFalse();
        TestShard.Text(shard.Subscribe("q").Next()).ShouldBe("a");
    }

    private static void Pause(TestShard shard, bool paused) =>
        shard.Do(core => core.Operating.Pause(core.State.Find(TestShard.Address("q"))!, paused));

    /// <summary>Space is looked at once a second, so that the first messages may still pass.</summary>
    private static async Task<QueueException> RefusalAsync(MessageQueue queue)
    {
        for (var tries = 0; tries < 100; tries++)
        {
            try
            {
                await queue.EnqueueAsync(new Message { DedupId = "one" });
            }
            catch (QueueException refusal)
            {
                return refusal;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        throw new TimeoutException("Waited 10 s for the store to look at the free space.");
    }

    /// <summary>Every instrument of a store; those of other tests have the same names.</summary>
    private static Dictionary<string, long> Read(QueueStore store)
    {
        var read = new Dictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter == store.Meter) listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => read[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return read;
    }
}
