using System.Buffers.Binary;
using System.Text;

namespace Stork.Queues.Journal;

/// <summary>
/// The frame being put together, directly in the memory image of the active segment and at its final offset: a record's address is known
/// before it is written, and everything in the active segment can be read back without the disk.
/// </summary>
internal sealed class FrameBuilder
{
    private byte[] _image = [];
    private int _capacity;
    private int _recordStart;
    private int _position;

    public int FrameStart { get; private set; }

    public int RecordCount { get; private set; }

    public ulong FirstLsn { get; private set; }

    public uint Segment { get; private set; }

    public int Position => _position;

    public bool IsEmpty => RecordCount == 0;

    /// <summary>Bytes that further records, with their prefixes, may take.</summary>
    public int Room => _capacity - JournalFormat.FooterBytes - _position;

    public int BodyBytes => _position - FrameStart - JournalFormat.FrameHeaderBytes;

    public void Use(byte[] image) => _image = image;

    public void Reset(uint segment, int capacity, int offset, ulong firstLsn)
    {
        _capacity = capacity;
        Segment = segment;
        FrameStart = offset;
        FirstLsn = firstLsn;
        RecordCount = 0;
        _position = offset + JournalFormat.FrameHeaderBytes;
    }

    public void Begin(RecordKind kind)
    {
        _recordStart = _position;
        _position += JournalFormat.RecordPrefixBytes;
        Byte((byte)kind);
    }

    /// <summary>Seals the record and says where it is.</summary>
    public RecordAddress End()
    {
        var payload = _image.AsSpan(
            _recordStart + JournalFormat.RecordPrefixBytes, _position - _recordStart - JournalFormat.RecordPrefixBytes);
        BinaryPrimitives.WriteInt32LittleEndian(_image.AsSpan(_recordStart), payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(_image.AsSpan(_recordStart + 4), Crc32C.Of(payload));
        return new RecordAddress(Segment, (uint)_recordStart, FirstLsn + (ulong)RecordCount++);
    }

    /// <summary>The record that <see cref="End"/> sealed last, from its kind on.</summary>
    public ReadOnlySpan<byte> LastRecord =>
        _image.AsSpan(_recordStart + JournalFormat.RecordPrefixBytes, _position - _recordStart - JournalFormat.RecordPrefixBytes);

    public ReadOnlyMemory<byte> Seal(ulong syncedLsn, long wallClock, uint salt)
    {
        var header = _image.AsSpan(FrameStart, JournalFormat.FrameHeaderBytes);
        var body = _image.AsSpan(FrameStart + JournalFormat.FrameHeaderBytes, BodyBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(header, JournalFormat.FrameMagic);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], body.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], FirstLsn);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], RecordCount);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], Segment);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], syncedLsn);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], wallClock);
        BinaryPrimitives.WriteUInt32LittleEndian(header[40..], Crc32C.Of(body));
        BinaryPrimitives.WriteUInt32LittleEndian(header[44..], Crc32C.Of(header[..44]) ^ salt);
        return _image.AsMemory(FrameStart, _position - FrameStart);
    }

    /// <summary>For fields that are built aside: starts anew at the beginning of the image.</summary>
    public void Clear() => _position = 0;

    /// <summary>What was written since <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _image.AsSpan(0, _position);

    public void Byte(byte value) => _image[_position++] = value;

    public void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _image[_position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _image[_position++] = (byte)value;
    }

    public void Number(long value) => Varint(checked((ulong)value));

    /// <summary>A number of either sign, small ones short.</summary>
    public void Signed(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    public void Fixed64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_image.AsSpan(_position), value);
        _position += sizeof(ulong);
    }

    public void Id(Guid value)
    {
        value.TryWriteBytes(_image.AsSpan(_position), bigEndian: true, out _);
        _position += 16;
    }

    public void Raw(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_image.AsSpan(_position));
        _position += value.Length;
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Varint((ulong)value.Length);
        value.CopyTo(_image.AsSpan(_position));
        _position += value.Length;
    }

    public void Text(string value)
    {
        Varint((ulong)Encoding.UTF8.GetByteCount(value));
        _position += Encoding.UTF8.GetBytes(value, _image.AsSpan(_position));
    }
}
