using System.Runtime.InteropServices;

namespace Stork.Queues.Journal;

/// <summary>
/// How far a log is known to be durable, and where it begins: what is said outside of it, so that nothing can go at either end unnoticed.
/// </summary>
/// <param name="Lsn">Records below this number are durable. There may be more.</param>
/// <param name="Segment">The segment that has the last of them.</param>
/// <param name="Offset">Where they end in there.</param>
/// <param name="FirstSegment">The oldest segment that is needed. There may be older ones.</param>
/// <param name="FirstLsn">The number of its first record.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalEnd(ulong Lsn, uint Segment, int Offset, uint FirstSegment, ulong FirstLsn)
{
    /// <summary>What is wrong with a log that ends before this one.</summary>
    public string Missing(ulong nextLsn) =>
        $"the log ends here, but {Lsn - nextLsn} more records, up to LSN {Lsn - 1} in {JournalFormat.SegmentName(Segment)}, were durable";

    /// <summary>What is wrong with a shard that has no segment.</summary>
    public string NoSegment => $"no segment is there, but the log had records up to LSN {Lsn - 1}";

    /// <summary>What is wrong with a log that begins later.</summary>
    public string MissingBefore(uint first) =>
        first == FirstSegment + 1 ? "the oldest segment is missing" : $"the oldest {first - FirstSegment} segments are missing";
}
