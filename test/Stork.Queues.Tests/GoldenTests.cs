using System.Buffers.Binary;
using Stork.Queues.Journal;
using Stork.Queues.Maintenance;
using Stork.Queues.Shards;
using Stork.Queues.Snapshots;
using Stork.Queues.State;
using Stork.Shared;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests;

/// <summary>
/// Stores written by released versions of the format. STORK_GOLDEN=directory writes one of the present version instead of checking.
/// </summary>
public sealed class GoldenTests
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Golden");

    [Fact]
    public void Reads_every_record_that_format_1_0_wrote()
    {
        if (Environment.GetEnvironmentVariable("STORK_GOLDEN") is { } target) Write(target);
        var expected = File.ReadAllText(Path.Combine(Golden, "1.0", "expected.txt"));
        var kinds = new GoldenStore.Kinds();
        new JournalScan(Files(), TestShard.Store, kinds).Run().ShouldAllBe(static s => s.Holes.Count == 0);
        var ofFormat1 = Enum.GetValues<RecordKind>()
            .Where(static k => k is not RecordKind.None && (byte)k < JournalFormat.OptionalKind);
        kinds.Seen.ShouldBe(ofFormat1, ignoreOrder: true);

        using (var shard = Open(Files(static n => !SnapshotFormat.IsName(n)))) GoldenStore.Describe(shard).ShouldBe(expected);
        using (var shard = Open(Files()))
        {
            shard.StartedFrom.ShouldNotBeNull(shard.SnapshotIgnored);
            GoldenStore.Describe(shard).ShouldBe(expected);
        }

        StoreDirectory.TryRead(Path.Combine(Golden, "1.0")).ShouldBe((TestShard.Store, 1));
        var check = new ShardCheck(Files(), TestShard.Store, 0);
        check.Run();
        check.Faults.ShouldBeEmpty();
    }

    [Fact]
    public void Refuses_a_mandatory_record_that_it_does_not_know()
    {
        var disk = Files(static n => !SnapshotFormat.IsName(n));
        AppendRecord(disk, kind: 0x7F);
        Should.Throw<JournalDamagedException>(() => Open(disk)).Message.ShouldContain("not known to this version");
        var check = new ShardCheck(disk, TestShard.Store, 0);
        check.Run();
        check.Faults.ShouldHaveSingleItem().What.ShouldContain("not known to this version");
    }

    [Fact]
    public void Skips_an_optional_record_that_it_does_not_know()
    {
        var disk = Files();
        AppendRecord(disk, kind: 0xC3);
        using var shard = Open(disk);
        GoldenStore.Describe(shard).ShouldBe(File.ReadAllText(Path.Combine(Golden, "1.0", "expected.txt")));
    }

    [Fact]
    public void Refuses_a_newer_major_version_and_accepts_a_newer_minor_one()
    {
        Should.Throw<NotSupportedException>(() => Open(WithVersion(2, 0))).Message.ShouldContain("2.0");
        Open(WithVersion(1, 9)).Dispose();

        var directory = Path.Combine(Path.GetTempPath(), "stork-golden-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(directory);
        try
        {
            File.WriteAllText(Path.Combine(directory, "FORMAT"), $"stork-queues 2.0\nstore {TestShard.Store:D}\nshards 1\n");
            Should.Throw<QueueException>(() => StoreDirectory.Open(directory, 1, allowUnlocked: false))
                .Code.ShouldBe(QueueErrorCode.Format);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Write(string directory)
    {
        using var shard = GoldenStore.Live();
        var folder = Path.Combine(directory, "00");
        Directory.CreateDirectory(folder);
        foreach (var name in shard.Disk.List().Where(static n => n.EndsWith(".seg", StringComparison.Ordinal) || SnapshotFormat.IsName(n)))
            File.WriteAllBytes(Path.Combine(folder, name), shard.Disk.Contents(name));
        using (var root = new FileDisk(directory)) StoreDirectory.Seal(root, TestShard.Store, 1);
        var disk = new MemoryDisk();
        foreach (var file in Directory.GetFiles(folder, "*.seg")) disk.Create(Path.GetFileName(file)).Write(0, File.ReadAllBytes(file));
        using var opened = Open(disk);
        File.WriteAllText(Path.Combine(directory, "expected.txt"), GoldenStore.Describe(opened));
    }

    private static MemoryDisk Files(Func<string, bool>? which = null)
    {
        var disk = new MemoryDisk();
        foreach (var file in Directory.GetFiles(Path.Combine(Golden, "1.0", "00")))
            if (which?.Invoke(Path.GetFileName(file)) != false) disk.Create(Path.GetFileName(file)).Write(0, File.ReadAllBytes(file));
        return disk;
    }

    private static Shard Open(MemoryDisk disk)
    {
        var options = new ShardOptions
        {
            Store = TestShard.Store,
            SegmentSize = 128 * 1024,
            AckIds = AckIdRange.ForShard(0, 1),
            Seed = 1,
            Configure = static (_, _) => null,
        };
        return Shard.Open(disk, options, new DiskCommit(disk), GoldenStore.OpenedAt, 0);
    }

    private static void AppendRecord(MemoryDisk disk, byte kind)
    {
        var last = new JournalScan(disk, TestShard.Store, new GoldenStore.Kinds()).Run()[^1];
        var frame = new FrameBuilder();
        frame.Use(new byte[1000]);
        frame.Reset(last.Id, 1000, 0, last.EndLsn);
        frame.Begin((RecordKind)kind);
        frame.Text("from the future");
        frame.End();
        disk.Open(last.File!).Write(last.Used, frame.Seal(last.EndLsn, GoldenStore.OpenedAt, JournalFormat.SaltOf(TestShard.Store)).Span);
    }

    private static MemoryDisk WithVersion(ushort major, ushort minor)
    {
        var disk = Files();
        foreach (var name in disk.List().Where(static n => n.EndsWith(".seg", StringComparison.Ordinal)))
        {
            var head = new byte[JournalFormat.SegmentHeaderBytes];
            disk.Open(name).Read(0, head);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), major);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(10), minor);
            BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(60), Crc32C.Of(head.AsSpan(0, 60)));
            disk.Open(name).Write(0, head);
        }

        return disk;
    }
}
