using System.Collections.Concurrent;
using Stork.Queues.Journal;
using Stork.Queues.Maintenance;
using Stork.Queues.Tool;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests;

/// <summary>Copies of a running store, and the command for those who have only the files.</summary>
public sealed class BackupTests : IDisposable
{
    private static readonly QueueStoreOptions Small = new() { SegmentSize = 128 * 1024, MinFreeBytes = 0, SnapshotBytes = 300_000 };

    private readonly string _root = Path.Combine(Path.GetTempPath(), "stork-backup-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_root)) Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_backup_under_load_opens_with_everything_told_before_it_began()
    {
        await using var store = await QueueStore.OpenAsync(At("live"), Small with { Shards = 2 });
        var stored = new ConcurrentDictionary<(string Queue, long Sequence), byte>();
        var acked = new ConcurrentDictionary<(string Queue, long Sequence), byte>();
        using var stop = new CancellationTokenSource();
        var load = new List<Task>();
        for (var worker = 0; worker < 4; worker++)
        {
            var name = "user:" + worker;
            load.Add(Task.Run(() => ProduceAsync(store.Inbox(name), name, stored, stop.Token), TestContext.Current.CancellationToken));
            if (worker % 2 == 0)
                load.Add(Task.Run(() => ConsumeAsync(store.Inbox(name), name, acked, stop.Token), TestContext.Current.CancellationToken));
        }

        for (var round = 0; round < 3; round++)
        {
            while (stored.Count < 400 * (round + 1)) await Task.Yield();
            var told = stored.Keys.ToHashSet();
            var settled = acked.Keys.ToHashSet();
            await store.BackupAsync(At("copy" + round), TestContext.Current.CancellationToken);
            var ended = stored.Keys.ToHashSet();
            (await QueueStoreTools.VerifyAsync(At("copy" + round), TestContext.Current.CancellationToken)).Faults.ShouldBeEmpty();
            await CheckAsync(At("copy" + round), told, settled, ended);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        store.Health.IsHealthy.ShouldBeTrue();
        await store.BackupAsync(At("last"), TestContext.Current.CancellationToken);
        await CheckAsync(At("last"), [.. stored.Keys], [.. acked.Keys], [.. stored.Keys]);
    }

    [Fact]
    public async Task Does_not_back_up_over_anything_and_leaves_no_store_when_it_gives_up()
    {
        await using var store = await QueueStore.OpenAsync(At("live"), Small);
        await store.Queue("q").EnqueueAsync(new byte[10]);
        Directory.CreateDirectory(At("full"));
        await File.WriteAllTextAsync(Path.Combine(At("full"), "x"), "mine", TestContext.Current.CancellationToken);
        (await Should.ThrowAsync<QueueException>(() => store.BackupAsync(At("full")))).Code.ShouldBe(QueueErrorCode.Invalid);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => store.BackupAsync(At("half"), cancelled.Token));
        File.Exists(Path.Combine(At("half"), "FORMAT")).ShouldBeFalse();
        await store.Queue("q").EnqueueAsync(new byte[10]);
    }

    [Fact]
    public async Task Refuses_to_back_up_damaged_bytes()
    {
        using var shard = new TestShard();
        for (var i = 0; i < 300; i++) shard.Enqueue("q", new Message(new byte[1000]));
        shard.Disk.Contents("0000000002.seg")[5000] ^= 1;
        (await Should.ThrowAsync<JournalDamagedException>(() => Backup(shard, new MemoryDisk()))).File.ShouldBe("0000000002.seg");
    }

    [Fact]
    public async Task Reclaims_nothing_while_a_backup_needs_it_and_all_of_it_afterwards()
    {
        using var shard = new TestShard();
        var consumer = shard.Subscribe("q", new SubscriptionOptions { MaxInFlight = 100 });
        shard.Enqueue("keep", "me");
        shard.Shard.Pin();
        Pass(shard, consumer, 400);
        shard.Shard.Journal.Segments[0].Id.ShouldBe(1u);
        await Backup(shard, new MemoryDisk(), release: true);
        Pass(shard, consumer, 100);
        shard.Shard.Journal.Segments[0].Id.ShouldBeGreaterThan(2u);
        shard.Statistics("keep").Ready.ShouldBe(1);
    }

    [Fact]
    public async Task The_command_verifies_salvages_backs_up_and_dumps()
    {
        await using (var store = await QueueStore.OpenAsync(At("live"), Small))
        {
            for (var i = 0; i < 300; i++) await store.Queue("jobs").EnqueueAsync(new byte[1000]);
            (await Run(CommandLine.Failed, "verify", At("live"))).ShouldContain("open already");
        }

        (await Run(CommandLine.Sound, "verify", At("live"))).ShouldContain("300 messages");
        await Run(CommandLine.Sound, "backup", At("live"), At("copy"));
        (await Run(CommandLine.Sound, "verify", At("copy"))).ShouldContain("sound");
        (await Run(CommandLine.Sound, "dump", At("copy"))).ShouldContain("Work \"jobs\"");

        var file = Path.Combine(At("copy"), "00", "0000000002.seg");
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[5000] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        var refusal = await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(At("copy"), Small));
        refusal.Code.ShouldBe(QueueErrorCode.Damaged);
        refusal.Message.ShouldContain("0000000002.seg");
        refusal.Message.ShouldContain("stork-queues verify");
        refusal.Message.ShouldContain("stork-queues salvage");
        (await Run(CommandLine.Damaged, "verify", At("copy"))).ShouldContain("DAMAGED 00/0000000002.seg+");
        await Run(CommandLine.Failed, "backup", At("copy"), At("copy2"));
        (await Run(CommandLine.Damaged, "salvage", At("copy"), At("saved"))).ShouldContain("LOST Work jobs: at most 1 of ");
        (await Run(CommandLine.Sound, "verify", At("saved"))).ShouldContain("299 messages");
        await using (var store = await QueueStore.OpenAsync(At("saved"), Small))
            (await store.ListQueuesAsync()).ShouldHaveSingleItem().Ready.ShouldBe(299);

        File.Delete(Path.Combine(At("live"), "FORMAT"));
        (await Run(CommandLine.Damaged, "verify", At("live"))).ShouldContain("FORMAT");
        await Run(CommandLine.Sound, "salvage", At("live"), At("saved2"));
        (await Run(CommandLine.Sound, "verify", At("saved2"))).ShouldContain("300 messages");
        await Run(CommandLine.Failed, "salvage", At("live"), At("saved2"));
        await Run(CommandLine.Failed, "verify", At("nowhere"));
        await Run(CommandLine.Failed, "destroy", At("live"));
    }

    private static void Pass(TestShard shard, TestConsumer consumer, int messages)
    {
        for (var i = 0; i < messages; i++)
        {
            shard.Enqueue("q", new Message(new byte[1000]));
            foreach (var delivery in consumer.DrainAll()) shard.Ack(delivery);
        }
    }

    /// <summary>As the store does it, with the turns by hand.</summary>
    private static async Task Backup(TestShard shard, MemoryDisk target, bool release = false)
    {
        var backup = ShardBackup.CopyAsync(shard.Shard, target, null, TestContext.Current.CancellationToken);
        shard.Settle();
        await backup;
        if (release) shard.Shard.Unpin();
    }

    private static async Task ProduceAsync(
        MessageQueue inbox, string name, ConcurrentDictionary<(string Queue, long Sequence), byte> stored, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var receipt = await inbox.EnqueueAsync(new byte[700], CancellationToken.None);
            stored[(name, receipt.Sequence)] = 0;
        }
    }

    private static async Task ConsumeAsync(
        MessageQueue inbox, string name, ConcurrentDictionary<(string Queue, long Sequence), byte> acked, CancellationToken stop)
    {
        await using var consumer = await inbox.SubscribeAsync(new SubscriptionOptions { MaxInFlight = 10 }, CancellationToken.None);
        try
        {
            await foreach (var delivery in consumer.ReadAllAsync(stop))
                if (await delivery.AckAsync(CancellationToken.None) == SettleOutcome.Done) acked[(name, delivery.Sequence)] = 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The load ends.
        }
    }

    /// <summary>Of each queue a prefix is there that has all that was told, and nothing that was settled before is back.</summary>
    private static async Task CheckAsync(
        string directory,
        HashSet<(string Queue, long Sequence)> told,
        HashSet<(string Queue, long Sequence)> settled,
        HashSet<(string Queue, long Sequence)> ended)
    {
        await using var copy = await QueueStore.OpenAsync(directory, Small with { Shards = 2 });
        foreach (var queue in await copy.ListQueuesAsync())
        {
            (queue.Ready + queue.InFlight + queue.Scheduled + queue.Acked).ShouldBe(queue.Enqueued, "K1: the totals add up");
            var sequences = told.Where(t => t.Queue == queue.Name).Select(static t => t.Sequence).ToArray();
            queue.Enqueued.ShouldBeGreaterThanOrEqualTo(sequences.Max(), "K2: what was told is there");
            queue.Enqueued.ShouldBeLessThanOrEqualTo(ended.Where(t => t.Queue == queue.Name).Max(static t => t.Sequence) + 100);
            var waiting = new HashSet<long>();
            for (long from = 0; ;)
            {
                var options = new BrowseOptions { FromSequence = from, Limit = 1000, WithBody = true };
                var page = await copy.Inbox(queue.Name).BrowseAsync(options);
                foreach (var message in page) waiting.Add(message.Sequence);
                if (page.Count == 0) break;
                page.ShouldAllBe(static m => m.BodyBytes == 700);
                from = page[^1].Sequence + 1;
            }

            waiting.Where(s => settled.Contains((queue.Name, s))).ShouldBeEmpty("K6: what was acknowledged before stays so");
            (waiting.Count + queue.Acked).ShouldBe(queue.Enqueued);
        }
    }

    private static async Task<string> Run(int expected, params string[] arguments)
    {
        var output = new StringWriter();
        (await CommandLine.RunAsync(arguments, output, output)).ShouldBe(expected, output.ToString());
        return output.ToString();
    }

    private string At(string name) => Path.Combine(_root, name);
}
