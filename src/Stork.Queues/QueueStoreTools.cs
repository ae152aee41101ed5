using Stork.Queues.Journal;
using Stork.Queues.Maintenance;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

/// <summary>Looks after the files of stores that no process has open.</summary>
public static class QueueStoreTools
{
    /// <summary>Reads everything and lists what does not check out, with file and offset. Changes nothing.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="cancellationToken">Gives up between two shards.</param>
    /// <returns>What is in the files. Damage is in the report, not an exception.</returns>
    /// <exception cref="QueueException">There is no store, a process has it open, or a newer version wrote it.</exception>
    public static Task<StoreReport> VerifyAsync(string directory, CancellationToken cancellationToken = default) =>
        Task.Run(() => TranslateErrors(() => Verify(directory, cancellationToken)), cancellationToken);

    /// <summary>
    /// Writes a new store with everything of a damaged one that checks out, and lists what is lost. The source is not changed. What was
    /// written together is kept or lost together; the message of a lost acknowledgement is delivered again.
    /// </summary>
    /// <param name="source">The store.</param>
    /// <param name="target">
    /// A directory without files and shards, or one that does not exist. It becomes a store with the last step only.
    /// </param>
    /// <param name="cancellationToken">Gives up between two shards.</param>
    /// <returns>What is saved and what is lost.</returns>
    /// <exception cref="QueueException">There is no store, a process has it open, a newer version wrote it, or the target is not
    /// empty.</exception>
    public static Task<SalvageReport> SalvageAsync(string source, string target, CancellationToken cancellationToken = default) =>
        Task.Run(() => TranslateErrors(() => Salvage(source, target, cancellationToken)), cancellationToken);

    /// <summary>Copies a store that no process has open. A running one copies itself: <see cref="QueueStore.BackupAsync"/>.</summary>
    /// <param name="source">The store.</param>
    /// <param name="target">
    /// A directory without files and shards, or one that does not exist. It becomes a store with the last step only.
    /// </param>
    /// <param name="cancellationToken">Gives up; the target is then no store.</param>
    /// <returns>Completes when the copy is durable and was read back.</returns>
    /// <exception cref="QueueException">There is no store, a process has it open, it is damaged, or the target is not empty.</exception>
    public static Task BackupAsync(string source, string target, CancellationToken cancellationToken = default) =>
        Task.Run(() => TranslateErrors(() => Backup(source, target, cancellationToken)), cancellationToken);

    /// <summary>Writes one line for each frame and record: offset, number, kind and fields, without the contents of messages.</summary>
    /// <param name="directory">The store.</param>
    /// <param name="output">Where to write.</param>
    /// <param name="cancellationToken">Gives up between two shards.</param>
    /// <returns>Completes when all is written.</returns>
    /// <exception cref="QueueException">There is no store, a process has it open, or a newer version wrote it.</exception>
    public static Task DumpAsync(string directory, TextWriter output, CancellationToken cancellationToken = default) =>
        Task.Run(
            () => TranslateErrors(() =>
            {
                using var place = ClosedStore.Open(directory);
                for (var i = 0; i < place.Shards; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var disk = place.OpenShard(i);
                    new JournalDump(disk, place.Store, i, place.FindEnd(i), output).Run();
                }

                return 0;
            }),
            cancellationToken);

    private static StoreReport Verify(string directory, CancellationToken cancellationToken)
    {
        using var place = ClosedStore.Open(directory);
        return Verify(place, cancellationToken);
    }

    private static StoreReport Verify(ClosedStore place, CancellationToken cancellationToken)
    {
        var segments = new List<SegmentReport>();
        var faults = new List<StoreFault>(place.Faults);
        long messages = 0;
        for (var i = 0; i < place.Shards; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var disk = place.OpenShard(i);
            var end = place.FindEnd(i);
            if (end is null)
                faults.Add(
                    new StoreFault(
                        StoreFaultKind.Ignored, StoreDirectory.EndName(i), 0, 0, 0, 0,
                        "the file is missing or cannot be read: whether records are missing at the end of the journal cannot be seen"));
            var check = new ShardCheck(disk, place.Store, i, end);
            check.Run();
            segments.AddRange(check.Segments);
            faults.AddRange(check.Faults);
            messages += check.Messages;
        }

        return new StoreReport { Store = place.Store, Shards = place.Shards, Segments = segments, Faults = faults, Messages = messages };
    }

    private static SalvageReport Salvage(string source, string target, CancellationToken cancellationToken)
    {
        using var place = ClosedStore.Open(source);
        var report = Verify(place, cancellationToken);
        using var root = StoreTarget.Create(target);
        var gaps = new List<SalvageGap>();
        var renamed = new List<string>();
        long messages = 0, lostRecords = 0;
        for (var i = 0; i < place.Shards; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var from = place.OpenShard(i);
            using var to = root.OpenShard(i);
            using var end = root.OpenEnd(i, place.Store);
            var salvage = new ShardSalvage(from, to, place.Store, AckIdRange.ForShard(i, place.Shards), i, place.FindEnd(i), end);
            salvage.Run(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
            gaps.AddRange(salvage.Gaps);
            renamed.AddRange(salvage.Renamed);
            messages += salvage.Messages;
            lostRecords += salvage.RecordsLost;
        }

        root.Seal(place.Store, place.Shards);
        return new SalvageReport { Source = report, Gaps = gaps, RenamedQueues = renamed, RecordsLost = lostRecords, Messages = messages };
    }

    private static int Backup(string source, string target, CancellationToken cancellationToken)
    {
        using var place = ClosedStore.Open(source);
        if (place.Faults.Count > 0)
            throw new QueueException(
                QueueErrorCode.Damaged, $"{place.Faults[0].File}: {place.Faults[0].What}. {StoreMessages.Advice(source)}");
        using var root = StoreTarget.Create(target);
        for (var i = 0; i < place.Shards; i++)
        {
            using var from = place.OpenShard(i);
            using var to = root.OpenShard(i);
            var clock = new LossAnalysis();
            var scan = new JournalScan(from, place.Store, clock, i, place.FindEnd(i));
            var segments = scan.Run();
            if (scan.MissingBefore is { } before)
                throw new QueueException(
                    QueueErrorCode.Damaged, $"{StoreDirectory.ShardName(i)}: {before.What}. {StoreMessages.Advice(source)}");
            if (segments.FirstOrDefault(static s => s.Holes.Exists(static h => !h.Torn)) is { } damaged)
                throw new QueueException(
                    QueueErrorCode.Damaged,
                    $"{JournalFormat.SegmentName(damaged.Id)}+{damaged.Holes[0].Offset}: {damaged.Holes[0].What}. "
                    + StoreMessages.Advice(source));
            if (segments.Count == 0) continue;
            var marks = segments.Select(static s => new SegmentMark(s.Id, s.Length, s.Used)).ToArray();
            using var end = root.OpenEnd(i, place.Store);
            var point = new BackupPoint(place.Store, i, marks, segments[^1].EndLsn, clock.WallClock, segments[^1].Closed);
            new ShardBackup(from, to, point, end).Run(cancellationToken);
        }

        root.Seal(place.Store, place.Shards);
        return 0;
    }

    private static T TranslateErrors<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (NotSupportedException newer)
        {
            throw new QueueException(QueueErrorCode.Format, newer.Message, newer);
        }
        catch (DiskRefusedException full)
        {
            throw new QueueException(QueueErrorCode.StoreFull, full.Message, full);
        }
        catch (JournalDamagedException damage)
        {
            throw new QueueException(QueueErrorCode.Damaged, damage.Message, damage);
        }
    }
}
