namespace Stork.Queues;

/// <summary>What became of an attempt to settle a delivery.</summary>
public enum SettleOutcome
{
    /// <summary>It counted.</summary>
    Done = 0,

    /// <summary>It counted although the lease had ended: nobody had settled the message since.</summary>
    DoneLate = 1,

    /// <summary>Nothing changed: the message was settled already.</summary>
    AlreadySettled = 2,

    /// <summary>Nothing changed: the lease had ended, and the message is ready again or someone else's.</summary>
    LeaseLost = 3,

    /// <summary>Nothing changed: the ack id is not, or no longer, known, or belongs to somebody else.</summary>
    Unknown = 4,
}
