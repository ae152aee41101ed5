namespace Stork.Queues.Core;

/// <summary>A registered device of an inbox.</summary>
internal sealed class Device(int index, string name, long start)
{
    /// <summary>From 1, never reused within the inbox.</summary>
    public int Index { get; } = index;

    /// <summary>
    /// Empty while recovery has met its acknowledgements but not yet its registration, which reclaim may have written anew later.
    /// </summary>
    public string Name { get; set; } = name;

    /// <summary>Messages before this sequence are not for it.</summary>
    public long Start { get; set; } = start;

    /// <summary>Unsettled messages that it acknowledged.</summary>
    public HashSet<long> Acked { get; } = [];

    /// <summary>When it was there last, in Unix milliseconds, to a day.</summary>
    public long LastActive { get; set; }

    public uint StateSegment;

    public bool Wants(long sequence) => sequence >= Start && !Acked.Contains(sequence);
}
