namespace Stork.Queues.Journal;

/// <summary>
/// Sizes and magic numbers of the files. All integers are little endian.
/// <code>
/// segment file  0000000001.seg: header, frames, zeros up to the segment size
/// header (64)   0 magic "STORKSEG"  8 u16 major  10 u16 minor  12 u32 segment id  16 store id (16 bytes)
///               32 u64 first LSN  40 i64 created (Unix ms)  48 u32 shard + 1  52..59 zero  60 u32 CRC-32C of 0..59
/// frame (48)    0 magic "STKF"  4 u32 body length  8 u64 first LSN  16 u32 records  20 u32 segment id
///               24 u64 synced LSN  32 i64 wall clock (Unix ms)  40 u32 CRC-32C of the body
///               44 u32 CRC-32C of 0..43, xor CRC-32C of the store id
/// record        0 u32 length of what follows the CRC  4 u32 CRC-32C of it  8 u8 kind  9 fields by kind
/// </code>
/// A frame is what one group commit wrote: it counts as a whole or not at all. "Synced LSN" says that every record below it was known to be
/// durable when the frame was written, which is how recovery tells a torn tail from damage.
/// </summary>
internal static class JournalFormat
{
    public const ushort Major = 1;
    public const ushort Minor = 0;

    public const int SegmentHeaderBytes = 64;
    public const int FrameHeaderBytes = 48;
    public const int RecordPrefixBytes = 8;
    public const uint FrameMagic = 0x464B_5453; // "STKF"

    /// <summary>The largest segment: options allow no more, and what is stored with them needs no more.</summary>
    public const int MaxSegmentBytes = 1 << 30;

    /// <summary>Kept free at the end of every segment for the frame with its footer.</summary>
    public const int FooterBytes = FrameHeaderBytes + RecordPrefixBytes + 1;

    /// <summary>A kind with this bit may be skipped by a version that does not know it; any other unknown kind refuses to open.</summary>
    public const byte OptionalKind = 0x80;

    public const string SegmentSuffix = ".seg";
    public const string NextSegment = "next.tmp";
    public const string Reserve = "reserve.bin";
    public const string ReserveDraft = "reserve.tmp";
    public const string Spare = "spare.tmp";

    /// <summary>
    /// What the checksums of frame headers are combined with: neither a foreign file nor a message body can pass for a frame of this store.
    /// </summary>
    public static uint SaltOf(Guid store)
    {
        Span<byte> bytes = stackalloc byte[16];
        store.TryWriteBytes(bytes, bigEndian: true, out _);
        return Crc32C.Of(bytes);
    }

    public static ReadOnlySpan<byte> SegmentMagic => "STORKSEG"u8;

    public static string SegmentName(uint id) => id.ToString("D10", System.Globalization.CultureInfo.InvariantCulture) + SegmentSuffix;

    public static bool TryParseSegmentName(string name, out uint id)
    {
        id = 0;
        return name.Length == 14 && name.EndsWith(SegmentSuffix, StringComparison.Ordinal)
            && uint.TryParse(
                name.AsSpan(0, 10), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out id);
    }
}
