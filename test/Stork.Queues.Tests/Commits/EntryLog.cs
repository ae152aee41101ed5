using Stork.Queues.Journal;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Commits;

/// <summary>
/// A log of entries outside the process, as a cluster's engine keeps one: an entry is taken only at the position where the log ends,
/// so of two who write to it one is refused.
/// </summary>
internal sealed class EntryLog
{
    private readonly List<IReadOnlyList<Change>> _entries = [];

    public int Count => _entries.Count;

    /// <summary>What its writer said of the ends of the journal.</summary>
    public JournalEnd? End { get; private set; }

    public bool TryAppend(int position, IReadOnlyList<Change> entry, JournalEnd? end)
    {
        if (position != _entries.Count) return false;
        _entries.Add(entry);
        End = end ?? End;
        return true;
    }

    /// <summary>The files of the journal as they are by the entries, on a new disk.</summary>
    public MemoryDisk Rebuild()
    {
        var disk = new MemoryDisk();
        foreach (var change in _entries.SelectMany(static e => e))
        {
            var name = JournalFormat.SegmentName(change.Segment);
            if (change.Bytes.Length == 0)
            {
                disk.Delete(name);
                continue;
            }

            if (change.Capacity > 0) disk.Create(name).Write(0, new byte[change.Capacity]);
            disk.Open(name).Write(change.Offset, change.Bytes);
        }

        return disk;
    }

    /// <summary>A change of a journal's files. With a capacity: a new file. Without bytes: the file goes.</summary>
    internal sealed record Change(uint Segment, int Offset, byte[] Bytes, int Capacity = 0);
}
