namespace Stork;

/// <summary>How a consumer in server code takes jobs. Read when the consumer starts; later changes have no effect.</summary>
public sealed class QueueConsumerOptions
{
    /// <summary>The most jobs one consumer can have at once: 2,000.</summary>
    public const int MaxInFlight = 2000;

    /// <summary>Jobs processed at the same time. Default: the number of processors; with <see cref="Prefetch"/> at most 2,000.</summary>
    public int Concurrency { get; set; } = Math.Min(Environment.ProcessorCount, MaxInFlight);

    /// <summary>Jobs kept at hand beyond those being processed, so that very short ones need not wait for the next. Default: 0. A job that
    /// waits longer than a third of <see cref="AckTimeout"/> goes back.</summary>
    public int Prefetch { get; set; }

    /// <summary>How long the store waits for a sign of life before it gives a job to somebody else; the lease of a running handler is
    /// renewed three times in it. Null (default): as the queue says, 30 s unless configured. 100 ms to 366 days.</summary>
    public TimeSpan? AckTimeout { get; set; }

    /// <summary>How long one handler may take; then its token is cancelled, and the job fails. Default: 30 min. At least 10 ms; it is
    /// looked at ten times in this span.</summary>
    public TimeSpan MaxProcessingTime { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>How long handlers may go on when the consumer ends, before their tokens are cancelled. Their jobs then go back uncounted.
    /// Default: 20 s; the host's own <c>ShutdownTimeout</c> (30 s by default) cuts it short.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether a job may be acknowledged only while its lease lasts. Default: false, a late acknowledgement counts unless somebody
    /// else was faster.</summary>
    public bool Fenced { get; set; }

    /// <summary>How long to wait after a failure, given the exception and how often the job has failed now; null from it: as the queue's
    /// backoff says. Default: none.</summary>
    public Func<Exception, int, TimeSpan?>? RetryDelay { get; set; }

    /// <summary>Whether after this exception trying again cannot help: the job becomes a dead letter at once. Default: never. A job that
    /// cannot be read as the consumer's type always does.</summary>
    public Func<Exception, bool>? RejectWhen { get; set; }

    internal QueueConsumerOptions Freeze()
    {
        Check(Concurrency is >= 1 and <= MaxInFlight, nameof(Concurrency), "must be from 1 to 2,000");
        var mayPrefetch = Prefetch >= 0 && Prefetch <= MaxInFlight - Concurrency;
        Check(mayPrefetch, nameof(Prefetch), "must not be negative, and with Concurrency at most 2,000");
        var (least, most) = (TimeSpan.FromMilliseconds(100), Queues.QueueOptions.MaxDelay);
        Check(AckTimeout is null || (AckTimeout >= least && AckTimeout <= most), nameof(AckTimeout), "must be from 100 ms to 366 days");
        least = TimeSpan.FromMilliseconds(10);
        Check(MaxProcessingTime >= least && MaxProcessingTime <= most, nameof(MaxProcessingTime), "must be from 10 ms to 366 days");
        Check(DrainTimeout >= TimeSpan.Zero && DrainTimeout <= TimeSpan.FromDays(1), nameof(DrainTimeout), "must be from zero to a day");
        return (QueueConsumerOptions)MemberwiseClone();
    }

    private static void Check(bool holds, string option, string rule)
    {
        if (!holds) throw new ArgumentException($"QueueConsumerOptions.{option} {rule}.");
    }
}
