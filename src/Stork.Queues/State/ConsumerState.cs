namespace Stork.Queues.State;

/// <summary>A consumer of this run.</summary>
internal sealed class ConsumerState(QueueState queue, SubscriptionOptions options, IDeliverySink sink, long order)
{
    public QueueState Queue { get; } = queue;

    public required string QueueName { get; init; }

    public SubscriptionOptions Options { get; } = options;

    public IDeliverySink Sink { get; } = sink;

    /// <summary>Rises with every consumer: newer ones have higher numbers.</summary>
    public long Order { get; } = order;

    /// <summary>Named so that it is not copied by accident.</summary>
    public AttemptList Out;

    public ReadyLine OwnLine;

    /// <summary>Whether every consumer of the queue gets every message, and so has its own line.</summary>
    public bool HasOwnLine { get; init; }

    public Device? Device { get; init; }

    public int MaxInFlight { get; init; }

    /// <summary>It holds a message that must be processed alone.</summary>
    public bool Alone;

    public bool Closed;

    /// <summary>It can take nothing for now, and its leases stand still.</summary>
    public bool Suspended;

    /// <summary>It gave back more than it may, and gets nothing for now.</summary>
    public bool Held;

    /// <summary>How much it gave back; null: nothing.</summary>
    public ReleasePace? Pace;

    /// <summary>It was told that all that waited for it has been handed out.</summary>
    public bool CaughtUp;

    /// <summary>Bytes of what it has out.</summary>
    public long OutBytes;

    /// <summary>The loss of its connection was counted as a failure of its oldest message.</summary>
    public bool LossCounted;

    /// <summary>
    /// Monotonic time at which the connection ended in a way that may be a message's doing; null: not so, as far as is known.
    /// </summary>
    public long? LeftAt;

    /// <summary>Monotonic time at which a lost connection's deliveries go back; 0: connected.</summary>
    public long GraceEnd;

    public bool HasCredit => !Alone && !Closed && !Suspended && !Held
        && Out.Count < MaxInFlight && (Out.Count == 0 || OutBytes < Options.MaxInFlightBytes);

    /// <summary>Whether a message out at others, or at none, may come here as well.</summary>
    public bool MayHave(QueueState queue, long sequence)
    {
        if (Device is not null && !Device.Wants(sequence)) return false;
        if (queue.Extra(sequence) is not { } extra) return true;
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
            if (attempt.Live && attempt.Consumer == this) return false;
        return true;
    }

    public void Add(Attempt attempt)
    {
        attempt.Consumer = this;
        Out.Add(attempt);
        OutBytes += attempt.Bytes;
    }

    public void Remove(Attempt attempt)
    {
        Out.Remove(attempt);
        OutBytes -= attempt.Bytes;
        attempt.Consumer = null;
        Alone &= Out.Count > 0;
    }
}
