namespace Stork.Queues.Journal;

/// <summary>What a scan found in one segment.</summary>
internal sealed class ScannedSegment(uint id)
{
    public uint Id { get; } = id;

    /// <summary>The file with it; null: there is none although there must have been.</summary>
    public string? File { get; init; }

    public int Length { get; init; }

    /// <summary>The number of its first record.</summary>
    public ulong FirstLsn { get; set; }

    /// <summary>The number after its last record.</summary>
    public ulong EndLsn { get; set; }

    public long Frames { get; set; }

    public long Records { get; set; }

    /// <summary>Bytes from the start up to the end of the last sound frame.</summary>
    public int Used { get; set; }

    /// <summary>It ends with a footer.</summary>
    public bool Closed { get; set; }

    public bool HeaderSound { get; set; }

    public List<JournalHole> Holes { get; } = [];
}
