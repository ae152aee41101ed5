using System.Globalization;
using Stork.Queues.Journal;

namespace Stork.Queues.Shards;

/// <summary>When a shard has too little room to take messages from producers, and how that is said.</summary>
internal static class Space
{
    /// <summary>Without an option, a volume is to keep so much free, or a small one its <see cref="FreeShare"/>.</summary>
    private const long MinFreeBytes = 1L << 30;

    /// <summary>The part of a small volume that is to stay free: a sixteenth.</summary>
    private const int FreeShare = 16;

    public const string ReserveGone =
        "No messages are accepted until there is room: the disk is full, and what was kept back for acknowledgements is being used.";

    /// <summary>What is to stay free on a volume of this size.</summary>
    /// <param name="option">What the application says; null: nothing.</param>
    /// <param name="totalBytes">The volume's size.</param>
    public static long LowWater(long? option, long totalBytes) => option ?? Math.Min(MinFreeBytes, totalBytes / FreeShare);

    /// <summary>Why producers are refused, or null if there is room; makes the reserve anew if that is missing.</summary>
    public static string? FindRefusal(IDisk disk, SegmentSupply supply, long? minFreeBytes)
    {
        var (free, least) = (disk.FreeBytes, LowWater(minFreeBytes, disk.TotalBytes));
        if (free < least)
            return Format(
                $"No messages are accepted until there is room: the volume has {free} bytes free, and {Name(minFreeBytes)} is {least}.");
        if (supply.HasReserve) return null;
        if (free < least + supply.SegmentSize)
            return Format(
                $"No messages are accepted until there is room: the volume has {free} bytes free, and {Need(minFreeBytes, least, supply)}");
        return supply.TryMakeReserve() ? null : $"No messages are accepted until there is room: {supply.ReserveRefusal}";
    }

    private static string Need(long? minFreeBytes, long least, SegmentSupply supply) => Format(
        $"{Name(minFreeBytes)} of {least} and a file of {nameof(QueueStoreOptions.SegmentSize)}, {supply.SegmentSize} bytes, are needed.");

    private static string Name(long? minFreeBytes) =>
        $"{nameof(QueueStoreOptions)}.{nameof(QueueStoreOptions.MinFreeBytes)}{(minFreeBytes is null ? " (by default)" : "")}";

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
