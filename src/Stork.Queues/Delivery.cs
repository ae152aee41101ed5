using System.Collections.ObjectModel;
using System.Diagnostics;
using Stork.Queues.Records;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

/// <summary>
/// A message that was handed to a consumer, who must settle it in one way or another: until then it is nobody else's, and when the lease
/// ends unsettled it counts as failed. Settling twice does no harm. All members may be used from any thread.
/// </summary>
[DebuggerDisplay("delivery {AckId}: message {Sequence} of {QueueName}, time {DeliveryCount}")]
public sealed class Delivery
{
    private readonly Shard _shard;
    private readonly ConsumerState _consumer;
    private readonly Attempt _attempt;
    private readonly byte[] _record;
    private readonly int _bodyBytes;
    private IReadOnlyDictionary<string, string>? _headers;

    /// <summary>What is in the record is read when somebody asks.</summary>
    internal Delivery(Shard shard, in HandOut handOut)
    {
        _shard = shard;
        (_consumer, _attempt, _record, _bodyBytes) = (handOut.Consumer, handOut.Attempt, handOut.Record, handOut.BodyBytes);
        (DeliveryCount, FailureCount) = (handOut.Deliveries, handOut.Failures);
        if (!handOut.HasHeaders) _headers = ReadOnlyDictionary<string, string>.Empty;
    }

    /// <summary>The kind of queue it comes from.</summary>
    public QueueKind QueueKind => _consumer.Queue.Kind;

    /// <summary>The name of the queue it comes from.</summary>
    public string QueueName => _consumer.QueueName;

    /// <summary>The message's id, the same in every delivery.</summary>
    public Guid Id => Record.Id;

    /// <summary>The message's number in its queue.</summary>
    public long Sequence => _attempt.Sequence;

    /// <summary>When the message was stored.</summary>
    public DateTimeOffset EnqueuedAt => _shard.Core.State.Wall.Show(Record.EnqueuedAt);

    /// <summary>After when the message would not have been delivered any more; null: never.</summary>
    public DateTimeOffset? ExpiresAt =>
        Record is { ExpiresAt: not 0 } record ? _shard.Core.State.Wall.Show(record.ExpiresAt, record.Has(MessageFlags.ByWallClock)) : null;

    /// <summary>The message's key.</summary>
    public string? Key => MessageReader.TextOrNull(Record.Key);

    /// <summary>What the message is about.</summary>
    public string? Subject => MessageReader.TextOrNull(Record.Subject);

    /// <summary>The message's priority.</summary>
    public int Priority => Record.Priority;

    /// <summary>How often the message came back from the dead letters.</summary>
    public int RedriveCount => Record.Redrives;

    /// <summary>The message's bytes.</summary>
    public ReadOnlyMemory<byte> Body => _record.AsMemory(_record.Length - _bodyBytes);

    /// <summary>The message's headers; empty if it has none.</summary>
    public IReadOnlyDictionary<string, string> Headers => _headers ??= MessageHeaders.Decode(Record.Headers);

    /// <summary>
    /// Names this hand-out, from 1 to 2^31-1. Never given out twice, not even by an earlier run of the store, before all others were.
    /// </summary>
    public int AckId => _attempt.AckId;

    /// <summary>
    /// Rises with every hand-out of the store: a system that remembers the highest one can turn away a consumer that was overtaken.
    /// </summary>
    public ulong LeaseToken => _attempt.Token;

    /// <summary>How often the message was handed out, with this time.</summary>
    public int DeliveryCount { get; }

    /// <summary>How often it failed before.</summary>
    public int FailureCount { get; }

    /// <summary>Whether it was handed out before.</summary>
    public bool Redelivered => DeliveryCount > 1;

    internal Shard Shard => _shard;

    internal Attempt Attempt => _attempt;

    internal bool Fenced => _consumer.Options.Fenced;

    private MessageRecord Record => MessageRecord.Read(_record);

    /// <summary>The message was processed and is finished.</summary>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the message is settled all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether it counted. Completes when the operating system has it; a power cut within 50 ms may repeat the message.</returns>
    public Task<SettleOutcome> AckAsync(CancellationToken cancellationToken = default) =>
        SettleAsync(new Settlement(SettlementKind.Ack), cancellationToken);

    /// <summary>As <see cref="AckAsync"/>, without waiting for the outcome.</summary>
    public void Ack() => _shard.Acknowledge(new AckBatch.Ack(_attempt, Fenced));

    /// <summary>The message could not be processed: it counts as a failure, and is tried again later or becomes a dead letter.</summary>
    /// <param name="delay">
    /// How long to wait, at most 366 days, and of a <see cref="SubscriptionOptions.Remote"/> consumer at most
    /// <see cref="QueueOptions.MaxNackDelay"/>; null: as the queue's backoff says.
    /// </param>
    /// <param name="error">
    /// Why; kept with the attempt (256 bytes) and with a dead letter (<see cref="DeadLetterInfo.MaxErrorBytes"/>).
    /// </param>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the message is settled all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether it counted.</returns>
    public Task<SettleOutcome> NackAsync(TimeSpan? delay = null, string? error = null, CancellationToken cancellationToken = default) =>
        SettleAsync(new Settlement(SettlementKind.Nack, Milliseconds(delay, nameof(delay)), error), cancellationToken);

    /// <summary>
    /// The message goes back unprocessed to its place, and may go to others at once. Not a failure, so that a consumer that does this
    /// without end is slowed down: see <see cref="QueueOptions.MaxReleasesPerSecond"/>.
    /// </summary>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the message is settled all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether it counted.</returns>
    public Task<SettleOutcome> ReleaseAsync(CancellationToken cancellationToken = default) =>
        SettleAsync(new Settlement(SettlementKind.Release), cancellationToken);

    /// <summary>The message will never be processed: it becomes a dead letter now.</summary>
    /// <param name="error">Why; at most <see cref="DeadLetterInfo.MaxErrorBytes"/> are kept.</param>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the message is settled all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether it counted.</returns>
    public Task<SettleOutcome> RejectAsync(string? error = null, CancellationToken cancellationToken = default) =>
        SettleAsync(new Settlement(SettlementKind.Reject, Error: error), cancellationToken);

    /// <summary>The lease starts anew.</summary>
    /// <param name="duration">Its length, at most 366 days; null: the queue's <see cref="QueueOptions.AckTimeout"/>.</param>
    /// <param name="cancellationToken">
    /// Ends the wait and nothing else: the lease starts anew all the same, also if it was cancelled before.
    /// </param>
    /// <returns>Whether the lease was still there.</returns>
    public Task<SettleOutcome> ExtendAsync(TimeSpan? duration = null, CancellationToken cancellationToken = default) =>
        SettleAsync(new Settlement(SettlementKind.Extend, Milliseconds(duration, nameof(duration))), cancellationToken);

    private static long? Milliseconds(TimeSpan? span, string name)
    {
        if (span is null) return null;
        ArgumentOutOfRangeException.ThrowIfLessThan(span.Value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(span.Value, QueueOptions.MaxDelay, name);
        return (long)span.Value.TotalMilliseconds;
    }

    private Task<SettleOutcome> SettleAsync(Settlement settlement, CancellationToken cancellationToken)
    {
        var command = new SettleCommand(_attempt, settlement, Fenced);
        _shard.Submit(command);
        return command.Task.WaitAsync(cancellationToken);
    }
}
