namespace Stork.Queues;

/// <summary>What is in one journal file.</summary>
public sealed record SegmentReport
{
    /// <summary>The file, relative to the store's directory.</summary>
    public required string File { get; init; }

    /// <summary>The size of the file in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes from its start to the end of the last sound frame.</summary>
    public long UsedBytes { get; init; }

    /// <summary>Bytes of messages that are still wanted.</summary>
    public long LiveBytes { get; init; }

    /// <summary>Sound frames: groups of records that were written together.</summary>
    public long Frames { get; init; }

    /// <summary>Records in them.</summary>
    public long Records { get; init; }

    /// <summary>The log sequence number of the first record.</summary>
    public long FirstLsn { get; init; }

    /// <summary>The log sequence number after the last record.</summary>
    public long EndLsn { get; init; }
}
