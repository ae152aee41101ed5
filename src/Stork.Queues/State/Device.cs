using System.Diagnostics;

namespace Stork.Queues.State;

/// <summary>A registered device of an inbox.</summary>
[DebuggerDisplay("{Index} {Name}, from {Start}")]
internal sealed class Device(int index, string name, long start)
{
    private readonly HashSet<long> _acked = [];

    /// <summary>From 1, never reused within the inbox.</summary>
    public int Index { get; } = index;

    /// <summary>
    /// Empty while recovery has met its acknowledgements but not yet its registration, which reclaim may have written anew later.
    /// </summary>
    [Durable]
    public string Name { get; set; } = name;

    /// <summary>Messages before this sequence are not for it.</summary>
    [Durable]
    public long Start { get; set; } = start;

    /// <summary>When it was there last, in Unix milliseconds, to a day.</summary>
    [Durable]
    public long LastActive { get; set; }

    /// <summary>The segment with the record that brings it back.</summary>
    [Durable]
    public uint StateSegment { get; set; }

    /// <summary>Unsettled messages that it acknowledged.</summary>
    public IReadOnlyCollection<long> Acked => _acked;

    public bool HasAcked(long sequence) => _acked.Contains(sequence);

    public bool Wants(long sequence) => sequence >= Start && !_acked.Contains(sequence);

    [Durable]
    public void Acknowledge(long sequence) => _acked.Add(sequence);

    [Durable]
    public void Forget(long sequence) => _acked.Remove(sequence);
}
