namespace Stork.Queues.Bench.Peers;

/// <summary>What is asked of a peer.</summary>
internal sealed record Workload
{
    public const int BodyBytes = 200;
    public const int DefaultBatch = 256;

    /// <summary>Queues that the messages are spread over; 1: a single work queue.</summary>
    public int Inboxes { get; init; } = 100_000;

    /// <summary>Messages that are measured.</summary>
    public int Messages { get; init; } = 500_000;

    /// <summary>Messages that a producer hands over together, and awaits together.</summary>
    public int Batch { get; init; } = DefaultBatch;

    /// <summary>Messages that wait beforehand and all the time.</summary>
    public int Backlog { get; init; }

    /// <summary>What a message carries. Never changed.</summary>
    public static ReadOnlyMemory<byte> Body { get; } = NewBody();

    /// <summary>Messages per second that are produced; 0: as many as it can.</summary>
    public double Rate { get; init; }

    /// <summary>Takes the time from the hand-over of each message until it is settled; null: nobody asks for it.</summary>
    public SettlementClock? Clock { get; init; }

    public bool IsWorkQueue => Inboxes == 1;

    /// <summary>The inbox of the message of this number: all in turn, but not one beside the other.</summary>
    public int InboxOf(long number) => (int)(number % Inboxes * 7919 % Inboxes);

    /// <summary>Whether this was delivered as it was handed over, apart from the time that may be at its beginning.</summary>
    public static bool IsBody(ReadOnlySpan<byte> delivered) =>
        delivered.Length == BodyBytes && delivered[SettlementClock.StampBytes..].SequenceEqual(Body.Span[SettlementClock.StampBytes..]);

    private static byte[] NewBody()
    {
        var body = new byte[BodyBytes];
        new Random(1).NextBytes(body);
        return body;
    }
}
