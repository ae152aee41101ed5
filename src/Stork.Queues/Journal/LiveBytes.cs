namespace Stork.Queues.Journal;

/// <summary>
/// How many bytes of each segment are still wanted. Who applies records counts them, in recovery before there is a log that could be
/// written; reclaim and reports read them.
/// </summary>
internal sealed class LiveBytes
{
    /// <summary>By segment, from the oldest one on.</summary>
    private readonly List<long> _bytes = [];
    private uint _first;

    /// <summary>Of all segments together.</summary>
    public long Total { get; private set; }

    public long this[uint segment] => Has(segment) ? _bytes[(int)(segment - _first)] : 0;

    public bool Has(uint segment) => segment >= _first && segment - _first < _bytes.Count;

    /// <summary>Segments come in the order of their ids, without gaps.</summary>
    public void AddSegment(uint segment)
    {
        if (_bytes.Count == 0) _first = segment;
        _bytes.Add(0);
    }

    /// <summary>Counts bytes of a segment as wanted (positive) or not any more (negative).</summary>
    public void Add(uint segment, long bytes)
    {
        // A snapshot may still name a segment that was reclaimed since; the records after it say where the message is now.
        if (segment < _first) return;
        _bytes[(int)(segment - _first)] += bytes;
        Total += bytes;
    }

    public void DropOldest()
    {
        _bytes.RemoveAt(0);
        _first++;
    }
}
