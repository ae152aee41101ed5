namespace Stork;

/// <summary>What is to be known about a job besides the job itself. Texts have at most 256 bytes in UTF-8.</summary>
public sealed record EnqueueOptions
{
    internal static readonly EnqueueOptions None = new();

    /// <summary>How long the job is held back, whatever the wall clock does meanwhile; at most 366 days. Default: zero.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>The time of day at which the job becomes ready, instead of a <see cref="Delay"/>: not before the wall clock says so and
    /// within a second after, also if that clock is set or the machine sleeps meanwhile. At most 366 days ahead. Default: at
    /// once.</summary>
    public DateTimeOffset? DeliverAt { get; init; }

    /// <summary>Jobs of one key are processed one at a time and in order, over all consumers. Default: none.</summary>
    public string? Key { get; init; }

    /// <summary>0 (default) to 9; a higher one goes first. Has no meaning among jobs with a key, which count as 0.</summary>
    public int Priority { get; init; }

    /// <summary>A second job with this id within the queue's <see cref="Queues.QueueOptions.DedupWindow"/> is not stored; its producer gets
    /// the receipt of the first. Default: none.</summary>
    public string? DedupId { get; init; }

    /// <summary>The producer that counts its jobs with <see cref="ProducerSequence"/>. Default: none.</summary>
    public string? Producer { get; init; }

    /// <summary>A number that rises with each job of <see cref="Producer"/>: one that is not above the last is a duplicate, whenever it
    /// comes.</summary>
    public long ProducerSequence { get; init; }

    /// <summary>How long the job may wait, from when it is stored or, if it is held back, due; then it expires and is never delivered. At
    /// most 366 days. Null (default): as the queue says.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>
    /// Up to 31 names with values of up to 4,096 bytes, for the application's own use. A trace context (<c>traceparent</c>,
    /// <c>tracestate</c>, <c>baggage</c>) is added as far as there is room for it among 32 headers. All count toward the size of the job.
    /// Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
