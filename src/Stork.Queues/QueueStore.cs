using System.Diagnostics;
using Stork.Queues.Journal;
using Stork.Queues.Maintenance;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

/// <summary>
/// A durable message store in this process, in a directory that it has for itself. A message is stored until it is processed, by a single
/// consumer unless the queue says otherwise; what a producer was told is stored is never lost. May be used by several threads at once.
/// </summary>
[DebuggerDisplay("queue store: {_loops.Length} shards, {Health.JournalBytes} bytes, failed: {Health.Failure != null}")]
public sealed class QueueStore : IAsyncDisposable
{
    /// <summary>The longest name of a queue, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 256;

    /// <summary>Ack ids that <see cref="ReserveAckIdsAsync"/> gives at once, at most: 65,536.</summary>
    public const int MaxReservedAckIds = 1 << 16;

    private readonly QueueStoreOptions _options;
    private readonly ShardLoop[] _loops;
    private readonly StoreDirectory? _directory;
    private readonly QueueMeters _meters;
    private readonly QueueHandles _handles;
    private int _closed;

    internal QueueStore(QueueStoreOptions options, StoreDirectory? directory, ShardLoop[] loops)
    {
        _options = options;
        _directory = directory;
        _loops = loops;
        _handles = new QueueHandles(this, loops);
        _meters = new QueueMeters(this);
    }

    /// <summary>How the store is.</summary>
    public StoreHealth Health => new()
    {
        Failure = _loops.Select(static l => l.Shard.Failure).FirstOrDefault(static f => f is not null),
        Refusal = _loops.Select(static l => l.Shard.Refusal).FirstOrDefault(static r => r is not null),
        Stuck = _loops.Max(static l => l.Stuck),
        ClockSuspect = _loops.Any(static l => l.Shard.ClockSuspect),
        ReclaimBlocked = _loops.Select(static l => l.Shard.Core.Reclaiming.Blocked).FirstOrDefault(static b => b is not null),
        UnreadableMessages = _loops.Sum(static l => l.Shard.Core.Counters.Unreadable),
        JournalBytes = _loops.Sum(static l => l.Shard.Journal.TotalBytes),
        LiveBytes = _loops.Sum(static l => l.Shard.Journal.LiveBytes),
    };

    internal IEnumerable<Shard> Shards => _loops.Select(static l => l.Shard);

    internal TimeProvider TimeProvider => _options.TimeProvider;

    internal System.Diagnostics.Metrics.Meter Meter => _meters.Meter;

    /// <summary>Opens a store, and creates it if there is none.</summary>
    /// <param name="directory">Where it is; created, with what is missing of the path, for its owner alone (0700). What else is in it does
    /// no harm. Not used with <see cref="Durability.Memory"/>.</param>
    /// <param name="options">How it works; null: the defaults.</param>
    /// <param name="cancellationToken">Gives up before anything was opened.</param>
    /// <returns>The store, with everything read back.</returns>
    /// <exception cref="QueueException">The directory is in use, cannot be locked, is damaged, or of another format.</exception>
    public static Task<QueueStore> OpenAsync(
        string directory, QueueStoreOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new QueueStoreOptions();
        return OpenAsync(directory, options, static path => new FileDisk(path), cancellationToken);
    }

    /// <summary>The inbox of an identity: a user, a device, a tenant.</summary>
    /// <param name="identity">Who; 1 to 256 bytes.</param>
    /// <returns>A handle.</returns>
    public MessageQueue Inbox(string identity) => _handles.Get(QueueKind.Inbox, identity);

    /// <summary>A work queue.</summary>
    /// <param name="name">Its name; 1 to 256 bytes.</param>
    /// <returns>A handle.</returns>
    public MessageQueue Queue(string name) => _handles.Get(QueueKind.Work, name);

    /// <summary>A batch that takes effect as a whole.</summary>
    /// <returns>An empty batch.</returns>
    public QueueBatch CreateBatch() => new(this);

    /// <summary>Acknowledges a delivery by its number, also one of an earlier run of the store.</summary>
    /// <param name="ackId">The delivery's <see cref="Delivery.AckId"/>.</param>
    /// <param name="owner">The <see cref="SubscriptionOptions.Owner"/> of the consumer that got it: nobody else can settle it.</param>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the message is settled all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether it counted.</returns>
    public Task<SettleOutcome> AckAsync(int ackId, string owner, CancellationToken cancellationToken = default) =>
        SettleAsync(ackId, owner, new Settlement(SettlementKind.Ack), cancellationToken);

    /// <summary>As <see cref="AckAsync"/>, without waiting for the outcome.</summary>
    /// <param name="ackId">The delivery's <see cref="Delivery.AckId"/>.</param>
    /// <param name="owner">The <see cref="SubscriptionOptions.Owner"/> of the consumer that got it.</param>
    public void Ack(int ackId, string owner)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        ShardOf(ackId).Acknowledge(new AckBatch.Ack(ackId, owner));
    }

    /// <summary>The queue that a delivery came from, by its number, also one of an earlier run of the store.</summary>
    /// <param name="ackId">The delivery's <see cref="Delivery.AckId"/>.</param>
    /// <param name="owner">The <see cref="SubscriptionOptions.Owner"/> of the consumer that got it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The queue; null if there is no such delivery, or it was somebody else's.</returns>
    /// <exception cref="QueueException">The store is closed or failed.</exception>
    public async Task<MessageQueue?> FindQueueAsync(int ackId, string owner, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        var command = new Request<QueueAddress?>(
            core => core.Settling.FindAttempt(ackId) is { } attempt && attempt.Owner == owner
                ? new QueueAddress(attempt.Queue.Kind, attempt.Queue.Name)
                : null,
            static _ => 0);
        ShardOf(ackId).Submit(command);
        return await command.Task.WaitAsync(cancellationToken).ConfigureAwait(false) is { } address
            ? _handles.Get(address.Kind, address.Name)
            : null;
    }

    /// <summary>Reports a failure of a delivery by its number; see <see cref="Delivery.NackAsync"/>.</summary>
    /// <param name="ackId">The delivery's <see cref="Delivery.AckId"/>.</param>
    /// <param name="owner">The <see cref="SubscriptionOptions.Owner"/> of the consumer that got it.</param>
    /// <param name="delay">How long to wait; null: as the queue's backoff says.</param>
    /// <param name="error">Why.</param>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the message is settled all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether it counted.</returns>
    public Task<SettleOutcome> NackAsync(
        int ackId, string owner, TimeSpan? delay = null, string? error = null, CancellationToken cancellationToken = default) =>
        SettleAsync(
            ackId,
            owner,
            new Settlement(SettlementKind.Nack, delay is { } wait ? (long)wait.TotalMilliseconds : null, error),
            cancellationToken);

    /// <summary>Gives a delivery back by its number; see <see cref="Delivery.ReleaseAsync"/>.</summary>
    /// <param name="ackId">The delivery's <see cref="Delivery.AckId"/>.</param>
    /// <param name="owner">The <see cref="SubscriptionOptions.Owner"/> of the consumer that got it.</param>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the message is settled all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether it counted.</returns>
    public Task<SettleOutcome> ReleaseAsync(int ackId, string owner, CancellationToken cancellationToken = default) =>
        SettleAsync(ackId, owner, new Settlement(SettlementKind.Release), cancellationToken);

    /// <summary>Rejects a delivery by its number; see <see cref="Delivery.RejectAsync"/>.</summary>
    /// <param name="ackId">The delivery's <see cref="Delivery.AckId"/>.</param>
    /// <param name="owner">The <see cref="SubscriptionOptions.Owner"/> of the consumer that got it.</param>
    /// <param name="error">Why.</param>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the message is settled all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether it counted.</returns>
    public Task<SettleOutcome> RejectAsync(int ackId, string owner, string? error = null, CancellationToken cancellationToken = default) =>
        SettleAsync(ackId, owner, new Settlement(SettlementKind.Reject, Error: error), cancellationToken);

    /// <summary>
    /// Takes consecutive ack ids out of circulation, for a caller that numbers acknowledgements of its own beside those of deliveries:
    /// neither deliveries nor later calls get them, also not after a crash, until all 2^31 have gone round.
    /// </summary>
    /// <param name="count">How many; 1 to <see cref="MaxReservedAckIds"/>.</param>
    /// <param name="cancellationToken">Gives up while the store is too busy; afterwards it has no effect.</param>
    /// <returns>The first of them, once that is on disk.</returns>
    /// <exception cref="QueueException">The store is closed or failed.</exception>
    public async Task<int> ReserveAckIdsAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxReservedAckIds);
        var command = new Request<int>(core => core.AckIds.Take(count));
        await _loops[0].Shard.SubmitAsync(command, cancellationToken).ConfigureAwait(false);
        return await command.Task.ConfigureAwait(false);
    }

    /// <summary>The numbers of queues, by name in the order of UTF-8, part for part: of a million inboxes as well as of three queues. What
    /// is there from the first part to the last is listed once.</summary>
    /// <param name="kind">Queues of this kind.</param>
    /// <param name="prefix">Only those whose name begins so; null: all.</param>
    /// <param name="after">
    /// Only those behind this name, for instance <see cref="QueueListing.Next"/> of the part before; null: from the first.
    /// </param>
    /// <param name="limit">How many at most, 1 to <see cref="QueueListing.MaxLimit"/>.</param>
    /// <param name="cancellationToken">Ends it between steps.</param>
    /// <returns>The part.</returns>
    /// <exception cref="QueueException">The store is closed or failed.</exception>
    public async Task<QueueListing> ListQueuesAsync(
        QueueKind kind, string? prefix = null, string? after = null, int limit = QueueListing.DefaultLimit,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, QueueListing.MaxLimit);
        // One more shows whether there is a next part.
        var search = new QueueSearch(kind, prefix, after, limit + 1);
        foreach (var loop in _loops) await search.LookThroughAsync(loop.Shard, cancellationToken).ConfigureAwait(false);
        var found = search.TakeAll();
        if (found.Count <= limit) return new QueueListing(found, null);
        found.RemoveAt(limit);
        return new QueueListing(found, found[^1].Name);
    }

    /// <summary>The numbers of every queue at once: for tools and stores with few queues.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>One entry for each queue that has come into being.</returns>
    public async Task<IReadOnlyList<QueueStatistics>> ListQueuesAsync(CancellationToken cancellationToken = default)
    {
        var all = new List<QueueStatistics>();
        foreach (var loop in _loops)
        {
            var command = new Request<List<QueueStatistics>>(static core => [.. core.State.Queues.Select(Browsing.Describe)]);
            loop.Shard.Submit(command);
            all.AddRange(await command.Task.WaitAsync(cancellationToken).ConfigureAwait(false));
        }

        return all;
    }

    /// <summary>
    /// Copies the store while it works. The copy holds everything that anybody was told before the call, and of what comes meanwhile a part
    /// that fits together. It is synced, read back and checked, and becomes a store with its last step only. Until it is done, no space is
    /// reclaimed.
    /// </summary>
    /// <param name="targetDirectory">A directory without files and shards, or one that does not exist, better on another volume. It takes
    /// as much space as the store.</param>
    /// <param name="cancellationToken">Gives up; the target is then no store.</param>
    /// <returns>Completes when the copy is durable.</returns>
    /// <exception cref="QueueException">
    /// The target is not empty or full, a file of the store is damaged, or the store failed or is closed.
    /// </exception>
    public async Task BackupAsync(string targetDirectory, CancellationToken cancellationToken = default)
    {
        try
        {
            using var target = StoreTarget.Create(targetDirectory);
            var store = Guid.Empty;
            for (var i = 0; i < _loops.Length; i++)
            {
                using var disk = target.OpenShard(i);
                store = _loops[i].Shard.Store;
                using var end = target.OpenEnd(i, store);
                await ShardBackup.CopyAsync(_loops[i].Shard, disk, end, cancellationToken).ConfigureAwait(false);
            }

            target.Seal(store, _loops.Length);
        }
        catch (Exception failure) when (failure is JournalDamagedException or DiskRefusedException)
        {
            throw new QueueException(
                failure is DiskRefusedException ? QueueErrorCode.StoreFull : QueueErrorCode.Damaged,
                "No backup was made: " + failure.Message,
                failure);
        }
    }

    /// <summary>
    /// Hands out nothing more, to anybody, until the store is opened again: the first step of a shutdown in which consumers are to end what
    /// they have and begin nothing. What is out may be settled, and messages may be stored. What is given back later stays where it is.
    /// </summary>
    public void StopDeliveries()
    {
        foreach (var loop in _loops) loop.Shard.Submit(new StopCommand());
    }

    /// <summary>Closes the store: what was submitted is carried out or refused, everything is synced, and the directory is free.</summary>
    /// <returns>Completes when it is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0) return;
        foreach (var loop in _loops)
        {
            await loop.StopAsync().ConfigureAwait(false);
            loop.Dispose();
        }

        _meters.Dispose();
        _directory?.Dispose();
    }

    /// <summary>Opens a store whose shards see their folders through disks of the caller's making.</summary>
    internal static Task<QueueStore> OpenAsync(
        string directory, QueueStoreOptions options, Func<string, IDisk> disks, CancellationToken cancellationToken = default)
    {
        options.Validate();
        return Task.Run(() => StoreOpening.Open(directory, options, disks), cancellationToken);
    }

    /// <summary>For a store that could not be opened after all.</summary>
    internal void DisposeMeters() => _meters.Dispose();

    internal bool Owns(Shard shard) => Array.Exists(_loops, l => l.Shard == shard);

    private Task<SettleOutcome> SettleAsync(int ackId, string owner, Settlement settlement, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        var command = new SettleCommand(ackId, owner, settlement);
        ShardOf(ackId).Submit(command);
        return command.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The shard is not in the number itself but in the range it comes from.</summary>
    private Shard ShardOf(int ackId) =>
        _loops[ackId < 1 ? 0 : Math.Min((ackId - 1) / (int.MaxValue / _loops.Length), _loops.Length - 1)].Shard;
}
