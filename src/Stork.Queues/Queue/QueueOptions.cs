namespace Stork.Queues;

/// <summary>How a queue treats its messages. The defaults depend on the kind: see <see cref="Work"/> and <see cref="Inbox"/>.</summary>
public sealed record QueueOptions
{
    /// <summary>The longest delay and the longest time to live: 366 days.</summary>
    public static readonly TimeSpan MaxDelay = TimeSpan.FromDays(366);

    /// <summary>The defaults of work queues.</summary>
    public static QueueOptions Work { get; } = new();

    /// <summary>
    /// The defaults of inboxes: 10,000 messages, 16 MiB, seven days to live, first-delivery order, first acknowledgement settles.
    /// </summary>
    public static QueueOptions Inbox { get; } = new()
    {
        Order = DeliveryOrder.FirstDelivery,
        Fanout = Fanout.FirstAck,
        MaxMessages = 10_000,
        MaxBytes = 16L << 20,
        TimeToLive = TimeSpan.FromDays(7),
        RemoveIdleAfter = TimeSpan.FromDays(30),
        RemoveIdleDeviceAfter = TimeSpan.FromDays(30),
    };

    /// <summary>
    /// The defaults of dead-letter queues: 100,000 messages, 14 days, the oldest makes room, nothing is dead-lettered twice.
    /// </summary>
    public static QueueOptions DeadLetters { get; } = new()
    {
        Order = DeliveryOrder.FirstDelivery,
        MaxMessages = 100_000,
        TimeToLive = TimeSpan.FromDays(14),
        Overflow = Overflow.DropHead,
        DeadLetter = false,
    };

    /// <summary>
    /// Promises about order. Default: <see cref="DeliveryOrder.PerKey"/>; inboxes <see cref="DeliveryOrder.FirstDelivery"/>.
    /// </summary>
    public DeliveryOrder Order { get; init; } = DeliveryOrder.PerKey;

    /// <summary>
    /// Who of several consumers gets a message. Default: <see cref="Fanout.Compete"/>; inboxes <see cref="Fanout.FirstAck"/>.
    /// </summary>
    public Fanout Fanout { get; init; } = Fanout.Compete;

    /// <summary>Messages that may be ready, scheduled and out at consumers together. Default: 1,000,000; inboxes 10,000.</summary>
    public int MaxMessages { get; init; } = 1_000_000;

    /// <summary>
    /// Bytes these messages may have, with about 100 bytes each for what surrounds the body. Default: 1 GiB; inboxes 16 MiB.
    /// </summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>What happens at a limit. Default: <see cref="Overflow.RejectPublish"/>.</summary>
    public Overflow Overflow { get; init; } = Overflow.RejectPublish;

    /// <summary>The most that <see cref="MaxMessageBytes"/> may allow: 256 MiB.</summary>
    public const int MaxMessageBytesLimit = 256 << 20;

    /// <summary>
    /// Bytes of a message's body and headers. Default: 1,000,000; at most 256 MiB. It holds whatever the store's
    /// <see cref="QueueStoreOptions.SegmentSize"/>: a message that needs a larger file gets one. One that alone would break
    /// <see cref="MaxBytes"/> is too large as well.
    /// </summary>
    public int MaxMessageBytes { get; init; } = 1_000_000;

    /// <summary>
    /// How long a message may wait; null: for ever. It is never delivered later than that. Counts from when it is stored, or due if it has
    /// a <see cref="Message.Delay"/> or <see cref="Message.DeliverAt"/>. Default: none; inboxes seven days.
    /// </summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>How long a consumer may hold a message before it counts as failed. Default: 30 s.</summary>
    public TimeSpan AckTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the deliveries of a consumer that lost its connection wait for its return. Default: 15 s.</summary>
    public TimeSpan DisconnectGrace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Failures a message may have; with one more it is dead-lettered, and with this many it is delivered alone. Default: 10.
    /// </summary>
    public int MaxFailures { get; init; } = 10;

    /// <summary>The wait after the first failure; it doubles with each further one. Default: 1 s.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait after a failure. Default: 5 min.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The part of the wait that is left to chance, 0 to 1. Default: 0.2.</summary>
    public double BackoffJitter { get; init; } = 0.2;

    /// <summary>
    /// Whether rejected messages and those that failed too often are kept as dead letters (else they are dropped and counted). Default:
    /// true.
    /// </summary>
    public bool DeadLetter { get; init; } = true;

    /// <summary>Whether expired messages are kept as dead letters too; needs <see cref="DeadLetter"/>. Default: false.</summary>
    public bool DeadLetterExpired { get; init; }

    /// <summary>How long a <see cref="Message.DedupId"/> is remembered, from when its message is stored, or due. Default: 24 h; at most
    /// 1,000,000 ids a queue.</summary>
    public TimeSpan DedupWindow { get; init; } = TimeSpan.FromHours(24);

    /// <summary>
    /// How long acknowledged messages are kept for <see cref="MessageQueue.SeekAsync(long, CancellationToken)"/>. Default: zero, not at
    /// all.
    /// </summary>
    public TimeSpan Retention { get; init; }

    /// <summary>
    /// Deliveries a second, redeliveries included, spread evenly: after a pause a tenth of a second's worth goes at once. From 0.001 to
    /// 1,000,000; null: as fast as it goes. Default: null.
    /// </summary>
    public double? MaxPerSecond { get; init; }

    /// <summary>
    /// Messages a second that one consumer may give back (<see cref="Delivery.ReleaseAsync"/>, or by leaving), each of which is handed out
    /// again and counts nothing. As many as it may have out at once, or a second's worth if that is more, go without delay; then it gets
    /// nothing until it is within this rate. A consumer with an <see cref="SubscriptionOptions.Owner"/> is the same one when it comes back.
    /// From 0.001 to 1,000,000. Default: 10.
    /// </summary>
    public double MaxReleasesPerSecond { get; init; } = 10;

    /// <summary>
    /// The longest wait that a consumer outside this process may ask for with a failure (<see cref="Delivery.NackAsync"/>); a longer one is
    /// cut to it. Code of this process may ask for up to 366 days. At most that. Default: 1 h.
    /// </summary>
    public TimeSpan MaxNackDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Messages that may be out at all consumers together; of a <see cref="Message.Key"/> it is one in any case. Default: null, no limit.
    /// </summary>
    public int? MaxConcurrency { get; init; }

    /// <summary>When deliveries stop for a while because most of them fail. Default: null, never.</summary>
    public CircuitBreaker? Breaker { get; init; }

    /// <summary>
    /// How long a queue stays that is empty and that nobody uses, with its statistics and the numbers of its producers: it goes when there
    /// was no message, consumer or device for so long, as looked at once an hour, and comes into being anew when it is used. One that is
    /// paused, or that remembers a <see cref="Message.DedupId"/>, stays. At most 366 days; null: for ever. Default: null; inboxes 30 days.
    /// </summary>
    public TimeSpan? RemoveIdleAfter { get; init; }

    /// <summary>
    /// How long a device stays registered that was not connected (<see cref="Fanout.PerDevice"/>), as looked at once an hour; what only it
    /// had not acknowledged is then settled. Times are kept to a day. At most 366 days; null: until
    /// <see cref="MessageQueue.UnregisterDeviceAsync"/>. Default: null; inboxes 30 days.
    /// </summary>
    public TimeSpan? RemoveIdleDeviceAfter { get; init; }

    /// <summary>Checks every option against its limits. The store does so before it uses a queue for the first time; an application that
    /// wants to know when it starts asks here.</summary>
    /// <exception cref="QueueException">An option is not within its limits; the message names it. The code is
    /// <see cref="QueueErrorCode.Invalid"/>.</exception>
    public void Validate()
    {
        Check(
            Enum.IsDefined(Order) && Enum.IsDefined(Fanout) && Enum.IsDefined(Overflow),
            "Order, Fanout and Overflow must be among their named values");
        Check(MaxMessages > 0 && MaxBytes > 0, "MaxMessages and MaxBytes must be positive");
        Check(MaxMessageBytes is > 0 and <= MaxMessageBytesLimit, "MaxMessageBytes must be from 1 to 268,435,456");
        Check(AckTimeout > TimeSpan.Zero && AckTimeout <= MaxDelay, "AckTimeout must be positive and at most 366 days");
        Check(DisconnectGrace >= TimeSpan.Zero && DisconnectGrace <= MaxDelay, "DisconnectGrace must be from zero to 366 days");
        Check(MaxFailures is >= 0 and <= 1000, "MaxFailures must be from 0 to 1,000");
        Check(
            Backoff >= TimeSpan.Zero && MaxBackoff >= Backoff
                && MaxBackoff <= MaxDelay, "MaxBackoff must be at least Backoff and at most 366 days");
        Check(BackoffJitter is >= 0 and <= 1, "BackoffJitter must be from 0 to 1");
        Check(
            TimeToLive is null || (TimeToLive > TimeSpan.Zero && TimeToLive <= MaxDelay),
            "TimeToLive must be positive and at most 366 days");
        Check(DedupWindow >= TimeSpan.Zero && DedupWindow <= MaxDelay, "DedupWindow must be from zero to 366 days");
        if (Order != DeliveryOrder.FirstDelivery)
            Check(
                Fanout is Fanout.Compete or Fanout.ActiveDevice,
                "only a queue with first-delivery order can give a message to several consumers");
        Check(MaxPerSecond is null or (>= 0.001 and <= 1_000_000), "MaxPerSecond must be from 0.001 to 1,000,000");
        Check(DeadLetter || !DeadLetterExpired, "DeadLetterExpired needs DeadLetter");
        Check(DeadLetter || Overflow != Overflow.DeadLetterHead, "Overflow.DeadLetterHead needs DeadLetter");
        Check(MaxReleasesPerSecond is >= 0.001 and <= 1_000_000, "MaxReleasesPerSecond must be from 0.001 to 1,000,000");
        Check(MaxNackDelay >= TimeSpan.Zero && MaxNackDelay <= MaxDelay, "MaxNackDelay must be from zero to 366 days");
        Check(MaxConcurrency is null or > 0, "MaxConcurrency must be positive");
        Check(Breaker is null or { IsValid: true }, "Breaker must be within its limits");
        foreach (var limit in (TimeSpan?[])[RemoveIdleAfter, RemoveIdleDeviceAfter])
            Check(
                limit is null || (limit > TimeSpan.Zero && limit <= MaxDelay),
                "RemoveIdleAfter and RemoveIdleDeviceAfter must be positive and at most 366 days");
        Check(Retention >= TimeSpan.Zero && Retention <= MaxDelay, "Retention must be from zero to 366 days");
    }

    private static void Check(bool holds, string rule)
    {
        if (!holds) throw new QueueException(QueueErrorCode.Invalid, rule + ".");
    }
}
