using System.Diagnostics;

namespace Stork.Queues.Journal;

/// <summary>One file of the journal.</summary>
[DebuggerDisplay("segment {Id} from {FirstLsn}: {Used} of {Capacity} bytes")]
internal sealed class Segment(uint id, ulong firstLsn, int capacity, IDiskFile file)
{
    public uint Id { get; } = id;

    /// <summary>The name of its file.</summary>
    public string Name { get; } = JournalFormat.SegmentName(id);

    public ulong FirstLsn { get; set; } = firstLsn;

    public int Capacity { get; } = capacity;

    public IDiskFile File { get; } = file;

    /// <summary>Bytes from the start that hold the header and frames.</summary>
    public int Used { get; set; }
}
