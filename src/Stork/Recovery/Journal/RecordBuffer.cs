using System.Buffers.Binary;
using System.Text;

namespace Stork.Recovery.Journal;

/// <summary>
/// Records in the making: <c>length of the rest u32 | CRC-32C of the body u32 | body: kind u8, fields</c>, all little endian;
/// texts and bytes with their length as u32 in front.
/// </summary>
internal sealed class RecordBuffer
{
    /// <summary>Bytes in front of a record's body.</summary>
    public const int PrefixLength = 8;

    /// <summary>No larger buffer is kept.</summary>
    private const int KeptCapacity = 1024 * 1024;

    private byte[] _bytes = new byte[4096];
    private int _start;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public RecordBuffer Begin(RecordKind kind)
    {
        _start = Length;
        Take(PrefixLength + 1)[PrefixLength] = (byte)kind;
        return this;
    }

    public RecordBuffer Byte(byte value)
    {
        Take(1)[0] = value;
        return this;
    }

    public RecordBuffer Number(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);
        return this;
    }

    public RecordBuffer Number(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);
        return this;
    }

    public RecordBuffer Key(UInt128 value)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(Take(16), value);
        return this;
    }

    public RecordBuffer Bytes(ReadOnlySpan<byte> value)
    {
        Number((uint)value.Length);
        value.CopyTo(Take(value.Length));
        return this;
    }

    public RecordBuffer Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Number((uint)length);
        Encoding.UTF8.GetBytes(value, Take(length));
        return this;
    }

    public void End()
    {
        var record = _bytes.AsSpan(_start, Length - _start);
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(record.Length - PrefixLength));
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], Crc32C.Of(record[PrefixLength..]));
    }

    public void Append(ReadOnlySpan<byte> records) => records.CopyTo(Take(records.Length));

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptCapacity) _bytes = new byte[4096];
    }

    private Span<byte> Take(int count)
    {
        var needed = Length + count;
        if (needed > _bytes.Length) Array.Resize(ref _bytes, Math.Max(needed, (int)Math.Min(Array.MaxLength, 2L * _bytes.Length)));
        var taken = _bytes.AsSpan(Length, count);
        Length = needed;
        return taken;
    }
}
