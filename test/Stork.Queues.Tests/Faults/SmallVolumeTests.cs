using Microsoft.Extensions.Logging;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Faults;

/// <summary>Volumes on which not even the usual reserve of free space fits.</summary>
public sealed class SmallVolumeTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "stork-volumes-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Works_on_a_small_volume_with_the_defaults_for_free_space()
    {
        using var place = new SmallFileSystem();
        await using var store = await QueueStore.OpenAsync(place.Data,
            new QueueStoreOptions { SegmentSize = QueueStoreOptions.MinSegmentSize });
        await store.Queue("jobs").EnqueueAsync(new byte[100]);
        store.Health.IsHealthy.ShouldBeTrue();
    }

    [Theory]
    [InlineData(null, 1L << 40, 1L << 30)]
    [InlineData(null, 16L << 30, 1L << 30)]
    [InlineData(null, 1000L << 20, 1000L << 16)]
    [InlineData(0L, 1000L << 20, 0L)]
    [InlineData(1L << 34, 1000L << 20, 1L << 34)]
    public void Keeps_a_share_of_a_small_volume_free_unless_told_otherwise(long? option, long total, long kept) =>
        Shards.Space.LowWater(option, total).ShouldBe(kept);

    [Fact]
    public async Task Says_at_the_start_that_there_is_too_little_room_and_names_numbers_and_option()
    {
        const long Wanted = long.MaxValue / 4;
        var log = new TestLog();
        await using var store = await QueueStore.OpenAsync(
            _directory, new QueueStoreOptions { SegmentSize = QueueStoreOptions.MinSegmentSize, MinFreeBytes = Wanted, Logger = log });
        var refusal = await Should.ThrowAsync<QueueException>(() => store.Queue("jobs").EnqueueAsync(new byte[100]));
        var warning = log.Entries.Single(static e => e is { Id: 21, Level: LogLevel.Warning });
        foreach (var text in (string[])[warning.Text, refusal.Message, store.Health.Refusal!])
        {
            text.ShouldContain("bytes free");
            text.ShouldContain($"QueueStoreOptions.MinFreeBytes is {Wanted}");
        }
    }

    [Fact]
    public async Task Logs_when_producers_begin_to_be_refused_and_when_they_no_longer_are()
    {
        var disk = new NarrowDisk();
        var (time, log) = (new ManualTime(), new TestLog());
        var options = new QueueStoreOptions
        {
            SegmentSize = QueueStoreOptions.MinSegmentSize,
            MinFreeBytes = 1000,
            TimeProvider = time,
            Logger = log,
        };
        await using var store = await QueueStore.OpenAsync(_directory, options, _ => disk);
        var queue = store.Queue("jobs");
        await queue.EnqueueAsync(new byte[1]);
        disk.FreeBytes = 999;
        time.Advance(TimeSpan.FromSeconds(2));
        (await Should.ThrowAsync<QueueException>(() => queue.EnqueueAsync(new byte[1]))).Message.ShouldContain("999 bytes free");
        disk.FreeBytes = 1 << 30;
        time.Advance(TimeSpan.FromSeconds(2));
        await queue.EnqueueAsync(new byte[1]);
        await store.DisposeAsync();
        log.Entries.Select(static e => e.Id).ShouldBe([1, 21, 22]);
    }

    private sealed class NarrowDisk : IDisk
    {
        private readonly MemoryDisk _disk = new();

        public long FreeBytes { get; set; } = 1 << 30;

        public IDiskFile Create(string name) => _disk.Create(name);

        public IDiskFile Open(string name) => _disk.Open(name);

        public bool Exists(string name) => _disk.Exists(name);

        public IReadOnlyList<string> List() => _disk.List();

        public void Rename(string from, string to) => _disk.Rename(from, to);

        public void Delete(string name) => _disk.Delete(name);

        public void SyncDirectory() => _disk.SyncDirectory();

        public void Dispose() => _disk.Dispose();
    }
}
