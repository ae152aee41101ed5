namespace Stork.Queues;

/// <summary>A message to enqueue. Texts are at most 256 bytes in UTF-8.</summary>
public sealed record Message
{
    /// <summary>The longest text, or name of a header: 256 bytes in UTF-8.</summary>
    public const int MaxTextBytes = 256;

    /// <summary>The most headers: 32.</summary>
    public const int MaxHeaders = 32;

    /// <summary>The longest value of a header: 4,096 bytes in UTF-8.</summary>
    public const int MaxHeaderBytes = 4096;

    /// <summary>An empty message.</summary>
    public Message()
    {
    }

    /// <summary>A message with a body.</summary>
    /// <param name="body">The bytes to deliver, unchanged.</param>
    public Message(ReadOnlyMemory<byte> body) => Body = body;

    /// <summary>The bytes to deliver, unchanged. Default: none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>What the message is about, for instance the name of an event. Default: none.</summary>
    public string? Subject { get; init; }

    /// <summary>
    /// Messages of one key are processed one at a time and in order where the queue promises <see cref="DeliveryOrder.PerKey"/>.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// 0 (default) to 9; a higher one goes first. Only in queues whose kind is <see cref="QueueKind.Work"/>. Among messages with a key it
    /// has no meaning: they count as 0.
    /// </summary>
    public int Priority { get; init; }

    /// <summary>
    /// A second message with this id within the queue's <see cref="QueueOptions.DedupWindow"/> is not stored; its producer gets the first
    /// one's receipt.
    /// </summary>
    public string? DedupId { get; init; }

    /// <summary>The producer that counts its messages with <see cref="ProducerSequence"/>. At most 1,000,000 a queue.</summary>
    public string? Producer { get; init; }

    /// <summary>
    /// A number that rises strictly with each message of <see cref="Producer"/>: one that is not above the last is a duplicate.
    /// </summary>
    public long ProducerSequence { get; init; }

    /// <summary>An older message with this key that was never delivered is replaced by this one.</summary>
    public string? CollapseKey { get; init; }

    /// <summary>
    /// How long the message may wait; null: as the queue says. Counts from when it is stored, or from when it is due if it has a
    /// <see cref="Delay"/> or a <see cref="DeliverAt"/>. At most 366 days.
    /// </summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>How long the message is held back, whatever the wall clock does meanwhile; at most 366 days. Default: zero.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>
    /// The time of day at which the message becomes ready, instead of a <see cref="Delay"/>: not before the wall clock says so and within a
    /// second after, also if that clock is set or the machine sleeps meanwhile. At most 366 days ahead; a time that is over means at once.
    /// Default: none.
    /// </summary>
    public DateTimeOffset? DeliverAt { get; init; }

    /// <summary>
    /// Up to 32 names with values of up to 4,096 bytes, for instance a trace context. They count toward the size of the message.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }
}
