using System.Buffers.Binary;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared.Disk;

namespace Stork.Queues.Tests.Faults;

/// <summary>A real disk that tells a trigger what the journal is about to do and what it has done.</summary>
internal sealed class FaultyDisk(IDisk disk, FaultTrigger trigger) : IDisk
{
    public long FreeBytes => disk.FreeBytes;

    public IDiskFile Create(string name)
    {
        Anything();
        trigger.Meet(FaultPoint.BeforeCreate);
        return new FaultyFile(disk.Create(name), trigger);
    }

    public IDiskFile Open(string name) => new FaultyFile(disk.Open(name), trigger);

    public bool Exists(string name) => disk.Exists(name);

    public IReadOnlyList<string> List() => disk.List();

    public void Rename(string from, string to)
    {
        Anything();
        // A segment that loses its name is given up, whether its file is used again or not.
        var gone = JournalFormat.TryParseSegmentName(from, out _);
        trigger.Meet(gone ? FaultPoint.BeforeDelete : FaultPoint.BeforeRename);
        disk.Rename(from, to);
        trigger.Meet(gone ? FaultPoint.AfterDelete : FaultPoint.AfterRename);
    }

    public void Delete(string name)
    {
        Anything();
        var segment = JournalFormat.TryParseSegmentName(name, out _);
        if (segment) trigger.Meet(FaultPoint.BeforeDelete);
        disk.Delete(name);
        if (segment) trigger.Meet(FaultPoint.AfterDelete);
    }

    public void SyncDirectory()
    {
        Anything();
        trigger.Meet(FaultPoint.BeforeDirectorySync);
        disk.SyncDirectory();
        trigger.Meet(FaultPoint.AfterDirectorySync);
    }

    public void Dispose() => disk.Dispose();

    private void Anything() => trigger.Meet(FaultPoint.Anything);

    private sealed class FaultyFile(IDiskFile file, FaultTrigger trigger) : IDiskFile
    {
        public long Length => file.Length;

        public int Read(long offset, Span<byte> buffer)
        {
            trigger.Meet(FaultPoint.Recovering);
            return file.Read(offset, buffer);
        }

        public void Write(long offset, ReadOnlySpan<byte> data)
        {
            trigger.Meet(FaultPoint.Anything);
            var (before, half, after) = PointsOf(data);
            trigger.Meet(before);
            if (trigger.IsNow(half))
            {
                file.Write(offset, data[..(data.Length / 2)]);
                FaultTrigger.Kill();
            }

            file.Write(offset, data);
            trigger.Meet(after);
        }

        public void Sync()
        {
            trigger.Meet(FaultPoint.Anything);
            trigger.Meet(FaultPoint.BeforeSync);
            file.Sync();
            trigger.Meet(FaultPoint.AfterSync);
        }

        public void Dispose() => file.Dispose();

        /// <summary>What is written says what it is; the file may not have its final name yet.</summary>
        private (FaultPoint Before, FaultPoint Half, FaultPoint After) PointsOf(ReadOnlySpan<byte> data)
        {
            if (data.StartsWith(EndFile.Magic)) return (FaultPoint.BeforeEnd, FaultPoint.HalfEnd, FaultPoint.AfterEnd);
            if (data.StartsWith(JournalFormat.SegmentMagic)) return (FaultPoint.BeforeHeader, FaultPoint.HalfWrite, FaultPoint.AfterHeader);
            if (data.Length < JournalFormat.FrameHeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(data) != JournalFormat.FrameMagic)
                return (default, FaultPoint.HalfZeroed, default);
            if (trigger.Wants(FaultPoint.BeforeFooter) || trigger.Wants(FaultPoint.AfterFooter))
                return Has(data, static record => record[0] == (byte)RecordKind.Footer)
                    ? (FaultPoint.BeforeFooter, FaultPoint.HalfWrite, FaultPoint.AfterFooter) : default;
            if (trigger.Wants(FaultPoint.BeforeCopy) || trigger.Wants(FaultPoint.AfterCopy))
                return Has(
                    data, static record => record[0] == (byte)RecordKind.Message && MessageRecord.Read(record).Has(MessageFlags.Copy))
                    ? (FaultPoint.BeforeCopy, FaultPoint.HalfWrite, FaultPoint.AfterCopy) : default;
            return (FaultPoint.BeforeWrite, FaultPoint.HalfWrite, FaultPoint.AfterWrite);
        }

        /// <summary>Usually it is one frame; recovery writes several once more.</summary>
        private static bool Has(ReadOnlySpan<byte> frames, Func<ReadOnlySpan<byte>, bool> wanted)
        {
            while (frames.Length > 0)
            {
                var end = JournalFormat.FrameHeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(frames[4..]);
                for (var at = JournalFormat.FrameHeaderBytes; at < end;)
                {
                    var length = BinaryPrimitives.ReadInt32LittleEndian(frames[at..]);
                    if (wanted(frames.Slice(at + JournalFormat.RecordPrefixBytes, length))) return true;
                    at += JournalFormat.RecordPrefixBytes + length;
                }

                frames = frames[end..];
            }

            return false;
        }
    }
}
