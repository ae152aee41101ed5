namespace Stork.Queues.Records;

/// <summary>How a message ended. The numbers are part of the journal's format.</summary>
internal enum SettleKind : byte
{
    Acked = 1,
    Expired = 2,
    Dropped = 3,
    DeadLettered = 4,
    Purged = 5,
    Redriven = 6,
}
