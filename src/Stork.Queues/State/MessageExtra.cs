using Stork.Queues.Records;

namespace Stork.Queues.State;

/// <summary>What is remembered of a message only once it was handed out or had to wait.</summary>
internal sealed class MessageExtra
{
    /// <summary>Hand-outs whose ack ids are still understood; the oldest ended ones are forgotten first.</summary>
    public const int MaxAttempts = 8;

    [Durable]
    public int Failures;

    [Durable]
    public int Deliveries;

    /// <summary>When the message becomes ready again; 0 if it does not wait.</summary>
    [Durable]
    public long DueAt;

    /// <summary>The message is a suspect: it was out in a process that died, and goes out alone.</summary>
    [Durable]
    public bool Isolated;

    public Lane? Lane;

    /// <summary>Its newest hand-out, from which the older ones hang.</summary>
    [Durable]
    public Attempt? Newest;

    [Durable]
    public List<PastAttempt>? History;

    public bool HasLive
    {
        get
        {
            for (var attempt = Newest; attempt is not null; attempt = attempt.Older)
                if (attempt.Live) return true;
            return false;
        }
    }

    /// <summary>As new.</summary>
    [Durable]
    public void Clear()
    {
        Failures = Deliveries = 0;
        DueAt = 0;
        Isolated = false;
        Lane = null;
        Newest = null;
        History = null;
    }

    [Durable]
    public void Remember(PastAttempt past)
    {
        History ??= [];
        if (History.Count == PastAttempt.MaxHistory) History.RemoveAt(0);
        History.Add(past);
    }

    /// <summary>The hand-outs that are known, oldest first.</summary>
    public KnownAttempt[] DescribeAttempts()
    {
        var count = 0;
        for (var attempt = Newest; attempt is not null; attempt = attempt.Older) count++;
        var attempts = count == 0 ? [] : new KnownAttempt[count];
        for (var attempt = Newest; attempt is not null; attempt = attempt.Older)
        {
            attempts[--count] = new KnownAttempt(
                attempt.AckId, attempt.Token, attempt.Owner, attempt.InProcess, attempt.Live, attempt.Settled, attempt.Device);
        }

        return attempts;
    }
}
