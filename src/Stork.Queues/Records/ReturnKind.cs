namespace Stork.Queues.Records;

/// <summary>How a hand-out ended without settling the message. The numbers are part of the journal's format.</summary>
internal enum ReturnKind : byte
{
    /// <summary>Given back unprocessed: no failure.</summary>
    Released = 1,

    /// <summary>The consumer reported a failure.</summary>
    Nacked = 2,

    /// <summary>A live consumer let the lease end: a failure.</summary>
    TimedOut = 3,

    /// <summary>The consumer's connection was lost: no failure.</summary>
    Lost = 4,

    /// <summary>The consumer's connection was lost and this was its oldest message: a failure.</summary>
    LostOldest = 5,

    /// <summary>The process died while its own code had the message: a failure, and the message goes out alone from now on.</summary>
    Crashed = 6,

    /// <summary>The same consumer got it anew after a reconnect: no failure.</summary>
    Superseded = 7,

    /// <summary>
    /// The process died while its own code had the message, and beside it one that was suspected already: no failure, but the message is a
    /// suspect from now on as well.
    /// </summary>
    BesideCrash = 8,

    /// <summary>
    /// The client ended its connection right after it got this, and perhaps others: no failure, but the message is a suspect from now on.
    /// </summary>
    Suspected = 9,

    /// <summary>The client ended its connection right after it got this, a suspect, and nothing else: a failure.</summary>
    Refused = 10,
}
