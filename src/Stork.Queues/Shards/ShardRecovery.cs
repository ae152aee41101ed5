using Stork.Queues.Journal;
using Stork.Queues.Snapshots;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>
/// Brings back a shard's state and makes its log ready to write: from the newest snapshot that fits the log, or from the beginning of that.
/// Snapshots shorten a start; they never decide anything.
/// </summary>
internal sealed class ShardRecovery(IDisk disk, ShardOptions options, ICommit commit)
{
    private readonly List<string> _uselessSnapshots = [];

    /// <summary>The snapshot that it began with; null: it read the log from its beginning.</summary>
    public string? StartedFrom { get; private set; }

    /// <summary>Why the newest snapshot that could not be used could not; null: there was none such.</summary>
    public string? SnapshotIgnored { get; private set; }

    /// <summary>Snapshots that do not fit the log. They go when there is a new one.</summary>
    public IReadOnlyCollection<string> UselessSnapshots => _uselessSnapshots;

    /// <param name="wall">The time of day, Unix milliseconds: what a new shard begins with.</param>
    public (ShardCore Core, JournalLog Journal) Run(long wall)
    {
        var known = commit.FindEnd();
        if (disk.Exists(SnapshotFormat.Draft)) disk.Delete(SnapshotFormat.Draft);
        if (options.UseSnapshots)
            foreach (var name in SnapshotFile.Find(disk))
                if (TryRecover(name, known, wall) is { } opened) return opened;
        return Recover(null, known, wall);
    }

    private (ShardCore Core, JournalLog Journal)? TryRecover(string name, JournalEnd? known, long wall)
    {
        try
        {
            var opened = Recover(SnapshotFile.Read(disk, name, options.Store), known, wall);
            StartedFrom = name;
            return opened;
        }
        catch (Exception unusable) when (unusable is SnapshotRejectedException or JournalDamagedException or InvalidDataException
            or ArgumentException or IndexOutOfRangeException or OverflowException or FileNotFoundException)
        {
            SnapshotIgnored ??= $"{name}: {unusable.Message}";
            _uselessSnapshots.Add(name);
            return null;
        }
    }

    private (ShardCore Core, JournalLog Journal) Recover(SnapshotFile? file, JournalEnd? known, long wall)
    {
        var live = new LiveBytes();
        var applier = new RecordApplier(new ShardState(live, options.AckIds));
        var found = new JournalRecovery(disk, options.Store, options.Shard, known)
            .Run(options.Replay?.Invoke(applier) ?? applier, live, file is null ? null : StartAt(file, applier));
        try
        {
            applier.EndReplay();
            if (file is not null) SnapshotLoader.CheckAddresses(applier.State);
        }
        catch
        {
            found.Dispose();
            throw;
        }

        var supply = new SegmentSupply(disk, options.SegmentSize, options.Background);
        var journal = JournalLog.Open(disk, options.Store, options.Shard, supply, commit, live, found, wall);
        return (new ShardCore(applier, journal, options.Seed, options.Configure, options.IdleInterval), journal);
    }

    private static JournalStart StartAt(SnapshotFile file, RecordApplier applier) =>
        new(file.Header.Segment, file.Header.Offset, file.Header.NextLsn, file.Segments, new SnapshotLoader(applier, file).Load);
}
