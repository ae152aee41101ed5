using System.Buffers.Binary;
using Stork.Queues.Journal;
using Stork.Queues.Maintenance;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;
using Stork.Shared;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests;

/// <summary>Damage of each kind, on a log of several segments in which some messages are settled and some are not.</summary>
public sealed class SalvageTests
{
    private const string Second = "0000000002.seg";
    private const string Third = "0000000003.seg";
    private const int Messages = 500;

    private static readonly Lazy<(Dictionary<string, byte[]> Files, int HighestAckId)> Whole = new(Build);

    public static TheoryData<string> Damages => [.. Harm.Keys];

    private static Dictionary<string, Action<Dictionary<string, byte[]>>> Harm { get; } = new()
    {
        ["a bit of a message"] = static files => files[Second][FrameAt(files[Second], 20) + 300] ^= 4,
        ["a bit of a frame header"] = static files => files[Second][FrameAt(files[Second], 20) + 8] ^= 4,
        ["a bit of a segment header"] = static files => files[Second][20] ^= 4,
        ["a bit of the first segment's header"] = static files => files["0000000001.seg"][33] ^= 4,
        ["a zeroed sector"] = static files => files[Second].AsSpan(40_960, 512).Clear(),
        ["zeros from the middle to the end"] = static files => files[Second].AsSpan(70_000).Clear(),
        ["the footer"] = static files => files[Second][files[Second].AsSpan().LastIndexOfAnyExcept((byte)0)] ^= 1,
        ["a file cut off"] = static files => files[Second] = files[Second][..50_000],
        ["an empty file"] = static files => files[Second] = [],
        ["a missing file"] = static files => files.Remove(Second),
        ["two missing files"] = static files => { files.Remove(Second); files.Remove(Third); },
        ["a missing file before a header that is gone"] = static files => { files.Remove(Second); files[Third].AsSpan(0, 64).Clear(); },
        ["a missing file before a header and a frame that are gone"] = static files =>
            { files.Remove(Second); files[Third].AsSpan(0, 600).Clear(); },
        ["a zeroed file"] = static files => files[Second] = new byte[128 * 1024],
        ["a file of another store"] = static files => files[Second] = Foreign(files[Second]),
        ["swapped files"] = static files => (files[Second], files[Third]) = (files[Third], files[Second]),
        ["a file twice"] = static files => files[Third] = [.. files[Second]],
        ["the oldest file"] = static files => files.Remove("0000000001.seg"),
        ["a durable frame near the end"] = static files => { var last = files[files.Keys.Max()!]; last[FrameAt(last, -6) + 60] ^= 1; },
        ["all durable frames near the end"] = static files =>
            { var last = files[files.Keys.Max()!]; for (var i = -6; i < -1; i++) last[FrameAt(last, i) + 60] ^= 1; },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void Names_the_damage_and_saves_all_the_rest(string damage)
    {
        var files = Whole.Value.Files.ToDictionary(static f => f.Key, static f => f.Value.ToArray());
        Harm[damage](files);

        if (damage != "the oldest file") Should.Throw<JournalDamagedException>(() => Open(Disk(files), out _)).File.ShouldEndWith(".seg");
        var check = new ShardCheck(Disk(files), TestShard.Store, 0);
        check.Run();
        check.Faults.ShouldContain(static f => f.Kind == StoreFaultKind.Damaged, "verify sees it");

        var saved = new MemoryDisk();
        var salvage = Salvage(files, saved);
        using var shard = Open(saved, out var state);
        CheckTotals(shard);
        shard.Core.AckIds.Next.ShouldBeGreaterThan(Whole.Value.HighestAckId);
        foreach (var queue in (string[])["a", "b"])
        {
            var before = Expected(queue);
            var after = state.GetValueOrDefault(queue, []);
            after.Where(m => !before.Contains(m) && !Settled(queue, m)).ShouldBeEmpty("nothing comes from nowhere");
            var missing = before.Except(after).ToArray();
            var gaps = salvage.Gaps.Where(g => g.Queue == queue).ToArray();
            if (salvage.Renamed.Contains("lost-queue-" + (queue == "a" ? 1 : 2))) continue;
            missing.ShouldAllBe(
                m => (m >= (Messages / 2) - 3 && salvage.RecordsLost > 0) || gaps.Any(g => g.FirstSequence <= m && m <= g.LastSequence));
            gaps.Sum(static g => g.Count).ShouldBeLessThan(Messages / 2, "no more is said to be lost than was in the damaged part");
            missing.Length.ShouldBeLessThan(Messages / 2);
        }

        var again = new ShardCheck(saved, TestShard.Store, 0);
        again.Run();
        again.Faults.ShouldBeEmpty("what salvage wrote is sound");
    }

    [Fact]
    public void Loses_nothing_of_a_sound_store()
    {
        var saved = new MemoryDisk();
        var salvage = Salvage(Whole.Value.Files, saved);
        salvage.Gaps.ShouldBeEmpty();
        salvage.Renamed.ShouldBeEmpty();
        using var shard = Open(saved, out var state);
        state["a"].ShouldBe(Expected("a"));
        state["b"].ShouldBe(Expected("b"));
    }

    [Fact]
    public void A_queue_whose_definition_is_lost_is_no_idle_queue_for_that()
    {
        var files = Whole.Value.Files.ToDictionary(static f => f.Key, static f => f.Value.ToArray());
        files.Remove("0000000001.seg");
        var saved = new MemoryDisk();
        var renamed = Salvage(files, saved).Renamed;
        renamed.ShouldNotBeEmpty();
        using var shard = Open(saved, out _);
        foreach (var queue in shard.Core.State.Queues.Where(q => renamed.Contains(q.Name)))
            queue.LastActive.ShouldBe(Entry.ExpirySeconds(shard.Core.State.Now), "it was used, and nobody knows when");
    }

    [Fact]
    public void Saves_the_rest_whichever_frame_is_damaged()
    {
        using var source = new TestShard();
        JournalTests.Exercise(source);
        source.Enqueue("q", "last");
        source.Enqueue("q", "one that vouches for it");
        source.Pass(TimeSpan.FromSeconds(1));
        var whole = source.Disk.Contents("0000000001.seg").ToArray();
        var end = whole.AsSpan().LastIndexOfAnyExcept((byte)0);
        var messages = source.Core.State.Messages;
        var saved = 0L;
        for (var at = 0; at < end; at += 7)
        {
            var bytes = whole.ToArray();
            bytes[at] ^= 0x10;
            var target = new MemoryDisk();
            Salvage(new Dictionary<string, byte[]> { ["0000000001.seg"] = bytes }, target).Messages.ShouldBeLessThanOrEqualTo(messages + 2);
            using var shard = Open(target, out _);
            CheckTotals(shard);
            saved += shard.Core.State.Messages;
        }

        saved.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Survives_any_two_damages()
    {
        var random = new Random(7);
        for (var round = 0; round < 150; round++)
        {
            var files = Whole.Value.Files.ToDictionary(static f => f.Key, static f => f.Value.ToArray());
            for (var i = 0; i < 2; i++)
            {
                var file = files.Values.ElementAt(random.Next(files.Count));
                file.AsSpan(random.Next(file.Length), 1).Fill((byte)random.Next(256));
                if (random.Next(3) == 0) file.AsSpan(random.Next(file.Length / 512) * 512, 512).Clear();
            }

            var target = new MemoryDisk();
            Salvage(files, target);
            using var shard = Open(target, out _);
            CheckTotals(shard);
        }
    }

    [Fact]
    public void A_torn_tail_is_not_damage()
    {
        var files = Whole.Value.Files.ToDictionary(static f => f.Key, static f => f.Value.ToArray());
        var last = files[files.Keys.Max()!];
        last.AsSpan(FrameAt(last, -1) + 50).Clear();
        var check = new ShardCheck(Disk(files), TestShard.Store, 0);
        check.Run();
        check.Faults.ShouldHaveSingleItem().Kind.ShouldBe(StoreFaultKind.Torn);
        Open(Disk(files), out _).Dispose();
        Salvage(files, new MemoryDisk()).Gaps.ShouldBeEmpty("only the mark was torn");
    }

    [Fact]
    public void Says_of_each_segment_what_is_in_it()
    {
        var check = new ShardCheck(Disk(Whole.Value.Files), TestShard.Store, 0);
        check.Run();
        check.Faults.ShouldBeEmpty();
        check.Segments.Count.ShouldBe(Whole.Value.Files.Count);
        check.Messages.ShouldBe(Expected("a").Length + Expected("b").Length);
        for (var i = 1; i < check.Segments.Count; i++) check.Segments[i].FirstLsn.ShouldBe(check.Segments[i - 1].EndLsn);
        check.Segments.ShouldAllBe(
            static s => s.EndLsn - s.FirstLsn == s.Records && s.LiveBytes > 0 && s.UsedBytes > s.LiveBytes && s.Frames > 0);
    }

    /// <summary>Two queues in turn; of "b" every message whose sequence is divisible by five is acknowledged.</summary>
    private static (Dictionary<string, byte[]> Files, int HighestAckId) Build()
    {
        using var shard = new TestShard();
        var consumer = shard.Subscribe("b");
        var highest = 0;
        for (var i = 0; i < Messages; i++)
        {
            var body = new byte[1000];
            new Random(i).NextBytes(body);
            shard.Enqueue(i % 2 == 0 ? "a" : "b", new Message(body) { Subject = "s" });
            if (i % 2 == 0) continue;
            foreach (var delivery in consumer.DrainAll())
            {
                highest = delivery.AckId;
                if (delivery.Sequence % 5 == 0) shard.Ack(delivery);
                else shard.Nack(delivery, delay: 1_000_000);
            }
        }

        shard.Pass(TimeSpan.FromSeconds(1));
        var files = shard.Disk.List().Where(static n => n.EndsWith(".seg", StringComparison.Ordinal)).ToDictionary(
            static n => n, n => shard.Disk.Contents(n).ToArray());
        files.Count.ShouldBeGreaterThan(4);
        shard.Shard.Journal.Segments[0].Id.ShouldBe(1u);
        return (files, highest);
    }

    private static bool Settled(string queue, long sequence) => queue == "b" && sequence % 5 == 0;

    private static long[] Expected(string queue) =>
        [.. Enumerable.Range(1, Messages / 2).Select(static s => (long)s).Where(s => !Settled(queue, s))];

    private static ShardSalvage Salvage(Dictionary<string, byte[]> files, MemoryDisk target)
    {
        var salvage = new ShardSalvage(Disk(files), target, TestShard.Store, AckIdRange.ForShard(0, 1));
        salvage.Run(1_800_000_000_000);
        return salvage;
    }

    private static MemoryDisk Disk(Dictionary<string, byte[]> files)
    {
        var disk = new MemoryDisk();
        foreach (var (name, bytes) in files) disk.Create(name).Write(0, bytes);
        return disk;
    }

    private static Shard Open(MemoryDisk disk, out Dictionary<string, long[]> state)
    {
        var shard = Shard.Open(
            disk,
            new ShardOptions
            {
                Store = TestShard.Store,
                SegmentSize = 128 * 1024,
                AckIds = AckIdRange.ForShard(0, 1),
                Seed = 1,
                Configure = static (_, _) => null,
            },
            new DiskCommit(disk),
            1_800_000_100_000,
            0);
        state = [];
        foreach (var queue in shard.Core.State.Queues.ToArray())
        {
            var page = shard.Core.Browsing.Browse(queue, new BrowseOptions { Limit = 1000 });
            page.Count.ShouldBe(queue.Unsettled, "every message can be read");
            if (queue.Name is "a" or "b") page.ShouldAllBe(static m => m.BodyBytes == 1000);
            state[queue.Name] = [.. page.Select(static m => m.Sequence)];
        }

        return shard;
    }

    private static void CheckTotals(Shard shard)
    {
        foreach (var queue in shard.Core.State.Queues)
            Operating.CountUnaccounted(queue).ShouldBeLessThanOrEqualTo(0, queue.Name.ToString());
    }

    /// <summary>Where the n-th frame starts; negative: counted from the end.</summary>
    private static int FrameAt(byte[] segment, int index)
    {
        var starts = new List<int>();
        var salt = JournalFormat.SaltOf(TestShard.Store);
        for (var at = JournalFormat.SegmentHeaderBytes; FrameHeader.TryRead(segment.AsSpan(at), salt, out var header);)
        {
            starts.Add(at);
            at += JournalFormat.FrameHeaderBytes + header.BodyLength;
        }

        return starts[index < 0 ? starts.Count + index : index];
    }

    private static byte[] Foreign(byte[] segment)
    {
        var foreign = segment.ToArray();
        foreign[16] ^= 0xFF;
        BinaryPrimitives.WriteUInt32LittleEndian(foreign.AsSpan(60), Crc32C.Of(foreign.AsSpan(0, 60)));
        return foreign;
    }
}
