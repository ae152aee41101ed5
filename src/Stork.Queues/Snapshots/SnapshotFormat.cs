using System.Globalization;

namespace Stork.Queues.Snapshots;

/// <summary>
/// The state of a shard at one point of its log, in a file of its own. All integers are little endian; items use the encodings of records.
/// <code>
/// name          lsn (20 digits) ".snap"
/// header (64)   0 magic "STORKSNP"  8 u16 major  10 u16 minor  12 u32 segment id  16 store id (16 bytes)
///               32 u64 next LSN  40 i64 wall clock (Unix ms)  48 u32 offset in the segment  52..59 zero  60 u32 CRC-32C of 0..59
/// block         0 u32 length of the items  4 u32 number of the block, from 0  8 items  then u32 CRC-32C of all of the block before it
/// item          u8 kind, fields by kind; never in two blocks
/// </code>
/// The last item is End, and the file ends with its block. A file that is not whole is ignored: the log says the same.
/// </summary>
internal static class SnapshotFormat
{
    public const ushort Major = 1;
    public const ushort Minor = 0;
    public const int HeaderBytes = 64;
    public const int BlockHeadBytes = 8;
    public const int BlockTailBytes = 4;

    /// <summary>The room of a block for items; one that is fuller than <see cref="BlockFull"/> is written.</summary>
    public const int BlockBytes = 256 * 1024;

    public const int BlockFull = BlockBytes - (64 * 1024);

    /// <summary>Entries, or sequences, of an item.</summary>
    public const int ChunkItems = 512;

    // The byte of an entry: its state in the lower four bits, and these.
    public const int StateBits = 0x0F;
    public const int LanedBit = 0x10;
    public const int ExpiryBit = 0x20;
    public const int PriorityBit = 0x40;
    public const int ByWallClockBit = 0x80;

    public const string Suffix = ".snap";
    public const string Draft = "snapshot.tmp";

    public static ReadOnlySpan<byte> Magic => "STORKSNP"u8;

    public static string NameOf(ulong lsn) => lsn.ToString("D20", CultureInfo.InvariantCulture) + Suffix;

    public static bool IsName(string name) =>
        name.Length == 20 + Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal)
        && ulong.TryParse(name.AsSpan(0, 20), NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
