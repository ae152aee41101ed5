using Stork.Shared.Disk;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Journal;

/// <summary>One file of the journal.</summary>
internal sealed class Segment(uint id, ulong firstLsn, int capacity, IDiskFile file)
{
    public uint Id { get; } = id;

    public ulong FirstLsn { get; set; } = firstLsn;

    public int Capacity { get; } = capacity;

    public IDiskFile File { get; } = file;

    /// <summary>Bytes from the start that hold the header and frames.</summary>
    public int Used { get; set; }

    /// <summary>Bytes of messages that are still wanted; the rest goes when the segment is reclaimed.</summary>
    public long Live { get; set; }
}
