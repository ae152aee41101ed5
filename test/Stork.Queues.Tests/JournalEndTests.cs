using Microsoft.Extensions.Logging;
using Stork.Queues.Journal;
using Stork.Queues.Tool;

namespace Stork.Queues.Tests;

/// <summary>What is missing at either end of a journal is noticed, because how far it is durable is also said outside of it.</summary>
public sealed class JournalEndTests : IDisposable
{
    private const int Messages = 338;
    private static readonly QueueStoreOptions Small = new() { SegmentSize = 128 * 1024, MinFreeBytes = 0 };

    private readonly string _root = Path.Combine(Path.GetTempPath(), "stork-ends-" + Guid.NewGuid().ToString("N"));

    public static TheoryData<string, bool> Losses
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (var loss in Harm.Keys)
            {
                data.Add(loss, true);
                data.Add(loss, false);
            }

            return data;
        }
    }

    private static Dictionary<string, Action<string>> Harm { get; } = new()
    {
        ["the last segment"] = static folder => File.Delete(Segments(folder)[^1]),
        ["the last two segments"] = static folder => { File.Delete(Segments(folder)[^1]); File.Delete(Segments(folder)[^1]); },
        ["the oldest segment"] = static folder => File.Delete(Segments(folder)[0]),
        ["all segments"] = static folder => { foreach (var file in Segments(folder)) File.Delete(file); },
        ["the folder"] = static folder => Directory.Delete(folder, recursive: true),
        ["a last segment cut off"] = static folder => Change(Segments(folder)[^1], static bytes => bytes[..(Used(bytes) * 6 / 10)]),
        ["a last segment cut off within its last frame"] = static folder =>
            Change(Segments(folder)[^1], static bytes => bytes[..(Used(bytes) - 1)]),
        ["an empty last segment"] = static folder => Change(Segments(folder)[^1], static _ => []),
        ["a last segment zeroed at its end"] = static folder => Change(Segments(folder)[^1], static bytes =>
        {
            bytes.AsSpan(Used(bytes) / 2).Clear();
            return bytes;
        }),
        ["a bit of the last frame"] = static folder => Change(Segments(folder)[^1], static bytes =>
        {
            bytes[Used(bytes) - 1] ^= 4;
            return bytes;
        }),
    };

    public void Dispose()
    {
        if (Directory.Exists(_root)) Directory.Delete(_root, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Refuses_a_journal_that_lacks_what_was_durable_says_what_and_saves_the_rest(string loss, bool stopped)
    {
        await FillAsync(stopped);
        Harm[loss](Path.Combine(At("live"), "00"));

        var refusal = await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(At("live"), Small));
        refusal.Code.ShouldBe(QueueErrorCode.Damaged);
        refusal.Message.ShouldContain(".seg");
        (await Run(CommandLine.Damaged, "verify", At("live"))).ShouldContain("DAMAGED 00/");
        (await Run(CommandLine.Sound, "dump", At("live"))).ShouldContain("DAMAGED");
        await Run(CommandLine.Failed, "backup", At("live"), At("copy"));
        (await Run(CommandLine.Damaged, "salvage", At("live"), At("saved"))).ShouldContain("LOST");
        (await Run(CommandLine.Sound, "verify", At("saved"))).ShouldNotContain("IGNORED");
        var enqueued = 0L;
        await using (var store = await QueueStore.OpenAsync(At("saved"), Small))
        {
            enqueued = (await store.ListQueuesAsync()).Sum(static q => q.Ready);
            await store.Queue("jobs").EnqueueAsync(new byte[10], TestContext.Current.CancellationToken);
        }

        enqueued.ShouldBeLessThanOrEqualTo(Messages);
        if (loss.StartsWith('a')) return;
        enqueued.ShouldBeGreaterThanOrEqualTo(loss is "all segments" or "the folder" ? 0 : 100);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_refuses_no_good_store_and_is_made_anew()
    {
        await FillAsync(stopped: true);
        var file = Path.Combine(At("live"), "00.end");
        var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        foreach (var bytes in (byte[]?[])[null, [], new byte[8192], whole[..100], [.. whole.Reverse()]])
        {
            if (bytes is null) File.Delete(file);
            else await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
            var report = await QueueStoreTools.VerifyAsync(At("live"), TestContext.Current.CancellationToken);
            report.IsSound.ShouldBeTrue();
            var log = new Warnings();
            await using (var store = await QueueStore.OpenAsync(At("live"), Small with { Logger = log }))
                (await store.ListQueuesAsync()).ShouldHaveSingleItem().Ready.ShouldBe(Messages);
            var isKnown = bytes?.Length == 100 && report.Faults.Count == 0;
            report.Faults.Count(static f => f is { Kind: StoreFaultKind.Ignored, File: "00.end" }).ShouldBe(isKnown ? 0 : 1);
            log.Ids.ShouldBe(isKnown ? [] : [10]);
            (await QueueStoreTools.VerifyAsync(At("live"), TestContext.Current.CancellationToken)).Faults.ShouldBeEmpty();
        }
    }

    [Fact]
    public void One_slot_that_cannot_be_read_leaves_the_other_whichever_byte_it_is()
    {
        using var shard = new TestShard();
        for (var i = 0; i < 20; i++) shard.Enqueue("q", "m" + i);
        shard.Shard.Close();
        var end = shard.Disk.Contents("00.end");
        var newest = shard.NewEnd().Read().ShouldNotBeNull();
        newest.Lsn.ShouldBe(shard.Shard.Journal.NextLsn, "after a clean stop it is exact");
        foreach (var slot in (int[])[0, 4096])
            for (var at = 0; at < 80; at++)
            {
                var copy = shard.Disk.Copy(static _ => true);
                copy.Contents("00.end")[slot + at] ^= 1;
                var read = new EndFile(copy, "00.end", TestShard.Store, 0).Read();
                read.ShouldNotBeNull().Lsn.ShouldBeInRange(1UL, newest.Lsn);
            }

        end.Length.ShouldBe(8192);
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("kill")]
    [InlineData("power cut")]
    [InlineData("power cut after a stop")]
    public void Is_exact_after_a_stop_and_a_kill_and_never_ahead_of_what_is_durable(string end)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            using var shard = new TestShard();
            for (var i = 0; i < 5 + seed; i++) shard.Enqueue("q", new Message(new byte[3000]));
            var (told, next) = (shard.Shard.Journal.SyncedLsn, shard.Shard.Journal.NextLsn);
            if (end.Contains("stop", StringComparison.Ordinal))
            {
                shard.Shard.Close();
                told = next = shard.Shard.Journal.NextLsn;
            }

            if (end.StartsWith("power", StringComparison.Ordinal)) shard.Disk.CutPower();
            var recorded = shard.NewEnd().Read().ShouldNotBeNull();
            if (end == "power cut") recorded.Lsn.ShouldBeLessThanOrEqualTo(told);
            else recorded.Lsn.ShouldBe(told);
            shard.Open();
            shard.Shard.Journal.NextLsn.ShouldBeGreaterThanOrEqualTo(next);
            shard.Statistics("q").Ready.ShouldBe(5 + seed);
        }
    }

    [Fact]
    public void An_older_record_holds_as_well()
    {
        using var shard = new TestShard();
        shard.Enqueue("q", "one");
        var older = shard.Disk.Contents("00.end").ToArray();
        for (var i = 0; i < 20; i++) shard.Enqueue("q", "m" + i);
        shard.Shard.Close();
        older.CopyTo(shard.Disk.Contents("00.end"), 0);
        shard.Open();
        shard.Statistics("q").Ready.ShouldBe(21);
    }

    [Fact]
    public async Task Notices_folders_and_files_that_were_swapped_between_shards()
    {
        await using (var store = await QueueStore.OpenAsync(At("live"), Small with { Shards = 2 }))
            for (var i = 0; i < 20; i++) await store.Queue("q" + i).EnqueueAsync(new byte[100], TestContext.Current.CancellationToken);
        foreach (var name in (string[])["0000000001.seg", ""])
        {
            var (zero, one) = (Path.Combine(At("live"), "00", name), Path.Combine(At("live"), "01", name));
            var aside = Path.Combine(At("live"), "aside");
            Move(zero, aside);
            Move(one, zero);
            Move(aside, one);
            (await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(At("live"), Small with { Shards = 2 })))
                .Message.ShouldContain("belongs to shard 1");
            (await QueueStoreTools.VerifyAsync(At("live"), TestContext.Current.CancellationToken)).IsSound.ShouldBeFalse();
            Move(one, aside);
            Move(zero, one);
            Move(aside, zero);
        }

        await using (var store = await QueueStore.OpenAsync(At("live"), Small with { Shards = 2 }))
            (await store.ListQueuesAsync()).Sum(static q => q.Ready).ShouldBe(20);
    }

    [Fact]
    public async Task A_copy_knows_its_own_end()
    {
        await using (var store = await QueueStore.OpenAsync(At("live"), Small))
        {
            for (var i = 0; i < 200; i++) await store.Queue("jobs").EnqueueAsync(new byte[1000], TestContext.Current.CancellationToken);
            await store.BackupAsync(At("online"), TestContext.Current.CancellationToken);
        }

        await QueueStoreTools.BackupAsync(At("live"), At("offline"), TestContext.Current.CancellationToken);
        foreach (var copy in (string[])["online", "offline"])
        {
            (await QueueStoreTools.VerifyAsync(At(copy), TestContext.Current.CancellationToken)).Faults.ShouldBeEmpty();
            File.Delete(Segments(Path.Combine(At(copy), "00"))[^1]);
            (await Should.ThrowAsync<QueueException>(() => QueueStore.OpenAsync(At(copy), Small))).Code.ShouldBe(QueueErrorCode.Damaged);
        }
    }

    [Fact]
    public async Task A_file_that_was_cut_off_behind_its_last_frame_lacks_nothing_and_goes_on()
    {
        await FillAsync(stopped: true);
        Change(Segments(Path.Combine(At("live"), "00"))[^1], static bytes => bytes[..Used(bytes)]);
        await using (var store = await QueueStore.OpenAsync(At("live"), Small))
        {
            for (var i = 0; i < 300; i++) await store.Queue("jobs").EnqueueAsync(new byte[1000], TestContext.Current.CancellationToken);
            await store.BackupAsync(At("copy"), TestContext.Current.CancellationToken);
        }

        foreach (var name in (string[])["live", "copy"])
        {
            await using var store = await QueueStore.OpenAsync(At(name), Small);
            (await store.ListQueuesAsync()).ShouldHaveSingleItem().Ready.ShouldBe(Messages + 300);
        }
    }

    /// <summary>Segments are reclaimed meanwhile, so that the oldest is not the first.</summary>
    private async Task FillAsync(bool stopped)
    {
        var store = await QueueStore.OpenAsync(At(stopped ? "live" : "running"), Small);
        var token = TestContext.Current.CancellationToken;
        await using (var consumer = await store.Queue("jobs").SubscribeAsync(new SubscriptionOptions { MaxInFlight = 10 }))
        {
            var left = 400;
            for (var i = 0; i < left; i++) await store.Queue("jobs").EnqueueAsync(new byte[1000], token);
            await foreach (var delivery in consumer.ReadAllAsync(token))
            {
                await delivery.AckAsync();
                if (--left == 0) break;
            }
        }

        for (var i = 0; i < Messages; i++) await store.Queue("jobs").EnqueueAsync(new byte[1000], token);
        // What a process that is killed leaves is what the files say at that moment.
        if (!stopped) CopyTo(At("running"), At("live"));
        await store.DisposeAsync();
        Segments(Path.Combine(At("live"), "00")).Length.ShouldBeGreaterThan(3);
    }

    /// <summary>Copies the files of a running store: when it deletes one that was to be copied, all begins anew.</summary>
    internal static void CopyTo(string from, string to)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                CopyOnce(from, to);
                return;
            }
            catch (FileNotFoundException) when (attempt < 10)
            {
                Directory.Delete(to, recursive: true);
            }
        }
    }

    private static void CopyOnce(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from)) CopyOnce(folder, Path.Combine(to, Path.GetFileName(folder)));
        foreach (var file in Directory.GetFiles(from))
        {
            if (Path.GetFileName(file) == "LOCK") continue;
            try
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
            catch (FileNotFoundException) when (file.EndsWith(".tmp", StringComparison.Ordinal))
            {
                // The store goes on meanwhile: a draft may just have got its name.
            }
        }
    }

    private static string[] Segments(string folder) => [.. Directory.GetFiles(folder, "*.seg").Order(StringComparer.Ordinal)];

    private static void Change(string file, Func<byte[], byte[]> change) => File.WriteAllBytes(file, change(File.ReadAllBytes(file)));

    /// <summary>Bytes up to the end of the last frame of this segment.</summary>
    private static int Used(byte[] segment)
    {
        SegmentHeader.TryRead(segment, out var header).ShouldBeTrue();
        var at = JournalFormat.SegmentHeaderBytes;
        while (FrameHeader.TryRead(segment.AsSpan(at), JournalFormat.SaltOf(header.Store), out var frame) && frame.Segment == header.Id)
            at += JournalFormat.FrameHeaderBytes + frame.BodyLength;
        return at;
    }

    private static void Move(string from, string to)
    {
        if (Directory.Exists(from)) Directory.Move(from, to);
        else File.Move(from, to);
    }

    private static async Task<string> Run(int expected, params string[] arguments)
    {
        var output = new StringWriter();
        (await CommandLine.RunAsync(arguments, output, output)).ShouldBe(expected, output.ToString());
        return output.ToString();
    }

    private string At(string name) => Path.Combine(_root, name);

    private sealed class Warnings : ILogger
    {
        public List<int> Ids { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Ids.Add(eventId.Id);
        }
    }
}
