using System.Diagnostics;

namespace Stork.Queues.State;

/// <summary>
/// One hand-out of a message. It outlives its lease as long as the message is unsettled, so that late acknowledgements count.
/// </summary>
[DebuggerDisplay("{AckId} of {Sequence}, owner \"{Owner}\", live {Live}, settled {Settled}")]
internal sealed class Attempt(QueueState queue, long sequence, int ackId, ulong token, string owner, bool inProcess, int device)
{
    public QueueState Queue { get; } = queue;

    public long Sequence { get; } = sequence;

    public int AckId { get; } = ackId;

    /// <summary>The LSN of the Deliver record: rises with every hand-out, so it can fence.</summary>
    public ulong Token { get; } = token;

    /// <summary>The session or identity that may settle it by ack id.</summary>
    public string Owner { get; } = owner;

    /// <summary>Whether code of this process had it: then the end of the process counts as a failure.</summary>
    public bool InProcess { get; } = inProcess;

    /// <summary>The registered device, from 1; 0: none.</summary>
    public int Device { get; } = device;

    /// <summary>The lease has not ended.</summary>
    [Durable]
    public bool Live = true;

    /// <summary>The message is settled (or, per device, settled for this device).</summary>
    [Durable]
    public bool Settled;

    /// <summary>Pushed out by newer hand-outs of the message: not known any more.</summary>
    [Durable]
    public bool Forgotten;

    /// <summary>The next older hand-out of the same message.</summary>
    [Durable]
    public Attempt? Older;

    // What follows is volatile: of this run only.
    public ConsumerState? Consumer;
    public Attempt? OlderOut;
    public Attempt? NewerOut;

    /// <summary>The size of the message, for the credit of its consumer.</summary>
    public int Bytes;
    public long Deadline;
    public long StartedAt;

    /// <summary>What had been heard of the consumer when the lease ended; -1: it has not ended.</summary>
    public long HeardBefore = -1;
    public LeaseList? List;
    public Attempt? Before;
    public Attempt? After;

    /// <summary>It has ended: neither its consumer nor a lease has it any more.</summary>
    public void Unlink()
    {
        LeaseList.Remove(this);
        Consumer?.Remove(this);
    }
}
