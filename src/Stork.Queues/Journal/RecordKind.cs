namespace Stork.Queues.Journal;

/// <summary>What a record says. The numbers are part of the format and never reused.</summary>
internal enum RecordKind : byte
{
    None = 0,

    /// <summary>A queue: its id, name and totals. Written when it comes into being and again when its former record is reclaimed.</summary>
    Queue = 1,

    /// <summary>
    /// A message enters a queue; it may leave another one with the same record (dead letter, redrive), or be a copy made by reclaim.
    /// </summary>
    Message = 2,

    /// <summary>A message was handed to a consumer.</summary>
    Deliver = 3,

    /// <summary>A message is finished: acknowledged, expired, dropped, purged.</summary>
    Settle = 4,

    /// <summary>A hand-out ended without a result: released, failed, lost.</summary>
    Return = 5,

    /// <summary>Every message up to a sequence that is not out at a consumer is purged.</summary>
    Purge = 6,

    Pause = 7,

    /// <summary>Ack ids below a number are taken, by this run or an earlier one.</summary>
    AckIds = 8,

    /// <summary>A deduplication entry whose message record was reclaimed.</summary>
    Dedup = 9,

    /// <summary>The last number of a producer whose message record was reclaimed.</summary>
    Producer = 10,

    Device = 11,

    DeviceAck = 12,

    /// <summary>Retained messages from a sequence on are ready again.</summary>
    Seek = 13,

    /// <summary>Says nothing; its frame header confirms that what was before it is durable.</summary>
    Mark = 14,

    /// <summary>The last record of a closed segment.</summary>
    Footer = 15,

    /// <summary>A queue that nobody used for long is gone; its id may be given to another one.</summary>
    Remove = 16,

    /// <summary>Says nothing: salvage put it where a record could not be read. May be skipped, as all kinds from 0x80 on.</summary>
    Lost = 0x80,

    /// <summary>How far the wall clock is off the store's time, of which a jump of it is no part.</summary>
    Clock = 0x81,
}
