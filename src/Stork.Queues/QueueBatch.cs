using System.Diagnostics;
using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

/// <summary>
/// Messages and acknowledgements that take effect together or not at all, whatever happens: for instance the acknowledgement of a job with
/// the messages that came of it. Not for use by several threads at once.
/// </summary>
[DebuggerDisplay("batch of {_messages.Count} messages and {_acknowledged.Count} acknowledgements")]
public sealed class QueueBatch
{
    /// <summary>The most messages and acknowledgements in one batch.</summary>
    public const int MaxItems = 10_000;

    private readonly QueueStore _store;
    private readonly List<PreparedMessage> _messages = [];
    private readonly List<(Attempt, bool)> _acknowledged = [];
    private Shard? _shard;

    internal QueueBatch(QueueStore store) => _store = store;

    /// <summary>Adds a message.</summary>
    /// <param name="queue">Where it goes.</param>
    /// <param name="message">The message.</param>
    /// <returns>This batch.</returns>
    /// <exception cref="QueueException">The message breaks a rule, or the store has several shards and this queue is in another one than
    /// the rest.</exception>
    public QueueBatch Enqueue(MessageQueue queue, Message message)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(message);
        Join(queue.Shard);
        _messages.Add(PreparedMessage.Create(queue.Address, message));
        return this;
    }

    /// <summary>Adds an acknowledgement. If the delivery was settled meanwhile, the whole batch is refused.</summary>
    /// <param name="delivery">What was processed.</param>
    /// <returns>This batch.</returns>
    /// <exception cref="QueueException">The store has several shards and the delivery comes from another one than the rest.</exception>
    public QueueBatch Ack(Delivery delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        Join(delivery.Shard);
        _acknowledged.Add((delivery.Attempt, delivery.Fenced));
        return this;
    }

    /// <summary>Carries the batch out. Completes when it is as durable as the store promises.</summary>
    /// <param name="cancellationToken">Gives up while the store is too busy to take the batch; afterwards it has no effect.</param>
    /// <returns>The receipts of the messages, in their order.</returns>
    /// <exception cref="QueueException">Nothing of it was carried out, or with <see cref="QueueErrorCode.StoreFailed"/> that is
    /// unknown.</exception>
    public async Task<IReadOnlyList<EnqueueReceipt>> CommitAsync(CancellationToken cancellationToken = default)
    {
        if (_shard is null) return [];
        var command = new EnqueueCommand(_messages.ToArray(), _acknowledged.ToArray());
        await _shard.SubmitAsync(command, cancellationToken).ConfigureAwait(false);
        return await command.Task.ConfigureAwait(false);
    }

    private void Join(Shard shard)
    {
        if (_messages.Count + _acknowledged.Count == MaxItems)
            throw new QueueException(QueueErrorCode.TooLarge, $"A batch has at most {MaxItems} items.");
        if (!_store.Owns(shard)) throw new QueueException(QueueErrorCode.Invalid, "A batch stays within one store.");
        if (_shard is not null && _shard != shard)
            throw new QueueException(QueueErrorCode.Invalid, "A batch stays within one shard of the store.");
        _shard = shard;
    }
}
