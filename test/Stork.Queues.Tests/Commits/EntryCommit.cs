using Stork.Queues.Journal;

namespace Stork.Queues.Tests.Commits;

/// <summary>Frames are durable when the log of entries has taken them at the position where they are expected.</summary>
internal sealed class EntryCommit(EntryLog log) : ICommit
{
    private readonly List<EntryLog.Change> _collected = [];
    private List<EntryLog.Change> _prepared = [];
    private JournalEnd _end;
    private int _position = log.Count;

    public bool EndWasUnknown => false;

    public JournalEnd? FindEnd() => log.End;

    public void Open(in JournalEnd end) => _end = end;

    public void AddSegment(Segment segment, ReadOnlySpan<byte> header) =>
        _collected.Add(new EntryLog.Change(segment.Id, 0, header.ToArray(), segment.Capacity));

    public void AddFrame(Segment segment, int offset, ReadOnlyMemory<byte> frame) =>
        _collected.Add(new EntryLog.Change(segment.Id, offset, frame.ToArray()));

    public void Prepare(Segment active, in JournalEnd end)
    {
        (_prepared, _end) = ([.. _collected], end);
        _collected.Clear();
    }

    public void Run() => Append(_prepared, _end);

    public void Confirm(in JournalEnd end)
    {
        // The entries say how far the log reaches.
    }

    public void Flush()
    {
        // As above.
    }

    public void GiveUpOldest(in JournalEnd end) => Append([new EntryLog.Change(end.FirstSegment - 1, 0, [])], end);

    public void Dispose()
    {
        // The log outlives who writes to it.
    }

    private void Append(IReadOnlyList<EntryLog.Change> entry, JournalEnd end)
    {
        if (!log.TryAppend(_position, entry, end)) throw new IOException($"Somebody else has written entry {_position}.");
        _position++;
    }
}
