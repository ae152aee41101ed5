namespace Stork.Queues.Records;

/// <summary>What a Deliver record has. Part of the journal's format.</summary>
[Flags]
internal enum DeliverFlags : byte
{
    None = 0,
    InProcess = 1,
    Owner = 2,
    Device = 4,
    Lane = 8,
}
