using System.Buffers.Binary;

namespace Stork.Queues.Journal;

/// <summary>
/// Reads records of closed segments. These never change, so what was read of one may be used again; and whoever reads on where the last
/// record ended probably goes on, so more is read ahead.
/// </summary>
internal sealed class SegmentReader
{
    /// <summary>Read at once where one record follows the other.</summary>
    private const int ReadAheadBytes = 64 * 1024;

    /// <summary>Other records may lie between two that are read one after the other.</summary>
    private const int ReadAheadReach = 16 * 1024;

    private byte[] _buffer = new byte[4096];
    private uint _segment;
    private long _from;
    private int _bytes;

    /// <summary>A record from its kind on; empty if it fails its checks. The span is valid until the next call.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read there.</exception>
    public ReadOnlySpan<byte> Read(Segment segment, uint offset, int size)
    {
        var record = BytesAt(segment, offset, Math.Max(size, JournalFormat.RecordPrefixBytes));
        if (record.Length < JournalFormat.RecordPrefixBytes) return default;
        var length = BinaryPrimitives.ReadInt32LittleEndian(record);
        if (length <= 0 || length > segment.Used - offset - JournalFormat.RecordPrefixBytes) return default;
        if (length > record.Length - JournalFormat.RecordPrefixBytes)
            record = BytesAt(segment, offset, JournalFormat.RecordPrefixBytes + length);
        if (length > record.Length - JournalFormat.RecordPrefixBytes) return default;
        var checksum = BinaryPrimitives.ReadUInt32LittleEndian(record[4..]);
        record = record.Slice(JournalFormat.RecordPrefixBytes, length);
        return checksum == Crc32C.Of(record) ? record : default;
    }

    /// <summary>A whole frame, with its checksums verified.</summary>
    /// <param name="segment">Where it is.</param>
    /// <param name="offset">Where it starts.</param>
    /// <param name="salt">From the store's id.</param>
    /// <param name="body">Takes its records; replaced by a larger one where it is too small.</param>
    /// <exception cref="InvalidDataException">It cannot be read, or is not what was written.</exception>
    public static FrameHeader ReadFrame(Segment segment, long offset, uint salt, ref byte[] body)
    {
        Span<byte> head = stackalloc byte[JournalFormat.FrameHeaderBytes];
        ReadRaw(segment, offset, head);
        if (!FrameHeader.TryRead(head, salt, out var header)) throw new InvalidDataException("a frame header fails its checksum");
        if (body.Length < header.BodyLength) body = new byte[header.BodyLength];
        var records = body.AsSpan(0, header.BodyLength);
        ReadRaw(segment, offset + head.Length, records);
        if (Crc32C.Of(records) != header.BodyCrc) throw new InvalidDataException("a frame fails its checksum");
        return header;
    }

    /// <summary>Bytes as they are in the file.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="InvalidDataException">The file cannot be read there.</exception>
    private static int ReadRaw(Segment segment, long offset, Span<byte> buffer)
    {
        try
        {
            return segment.File.Read(offset, buffer);
        }
        catch (IOException failure)
        {
            throw new InvalidDataException($"Reading {segment.Name}+{offset} failed: {failure.Message}", failure);
        }
    }

    /// <summary>At least so many bytes from an offset on, or all there are.</summary>
    private ReadOnlySpan<byte> BytesAt(Segment segment, uint offset, int size)
    {
        var left = segment.Used - (int)offset;
        size = Math.Min(size, left);
        var at = (long)offset - _from;
        var isKnown = segment.Id == _segment && at >= 0;
        if (!isKnown || at + size > _bytes)
        {
            var goesOn = isKnown && at - _bytes < ReadAheadReach;
            var wanted = goesOn ? Math.Max(size, Math.Min(ReadAheadBytes, left)) : size;
            if (wanted > _buffer.Length) _buffer = new byte[Math.Max(wanted, _buffer.Length * 2)];
            (_segment, _from, _bytes) = (segment.Id, offset, 0);
            _bytes = ReadRaw(segment, offset, _buffer.AsSpan(0, wanted));
            at = 0;
        }

        return _buffer.AsSpan((int)at, _bytes - (int)at);
    }
}
