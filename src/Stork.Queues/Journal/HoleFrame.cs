namespace Stork.Queues.Journal;

/// <summary>
/// A frame of records that say nothing (<see cref="RecordKind.Lost"/>), put where a damaged one was: everything behind it keeps its place
/// and its number, so addresses and lease tokens stay what they were.
/// </summary>
internal static class HoleFrame
{
    private const int RecordBytes = JournalFormat.RecordPrefixBytes + 1;

    public static int MostRecords(int bytes) => Math.Max(0, bytes - JournalFormat.FrameHeaderBytes) / RecordBytes;

    public static bool Fits(ulong records, int bytes) => records > 0 && records <= (ulong)MostRecords(bytes);

    /// <summary>The bytes that this many records need.</summary>
    public static int Bytes(int records) => JournalFormat.FrameHeaderBytes + (records * RecordBytes);

    /// <summary>Fills all of <paramref name="space"/>; the last record takes what is left over.</summary>
    public static void Write(Span<byte> space, uint segment, ulong firstLsn, int records, bool footer, uint salt)
    {
        var frame = new FrameBuilder();
        var image = new byte[space.Length];
        frame.Use(image);
        frame.Reset(segment, image.Length, 0, firstLsn);
        for (var left = records; left > 0; left--)
        {
            var closes = footer && left == 1;
            frame.Begin(closes ? RecordKind.Footer : RecordKind.Lost);
            var spare = image.Length - frame.Position - ((left - 1) * RecordBytes);
            if (left == (footer ? Math.Min(2, records) : 1)) frame.Raw(new byte[spare]);
            frame.End();
        }

        frame.Seal(firstLsn, 0, salt);
        image.CopyTo(space);
    }
}
