using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Stork.Queues.Journal;

/// <summary>
/// Reads the fields of one record. Every length is checked: a record that passed its checksum may still come from a newer version.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal ref struct RecordReader(ReadOnlySpan<byte> record)
{
    private ReadOnlySpan<byte> _rest = record;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte()
    {
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw new InvalidDataException("A number in a record is longer than 64 bits.");
    }

    public long Number() => checked((long)Varint());

    public long Signed()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Count(int limit)
    {
        var value = Varint();
        return value <= (ulong)limit ? (int)value
            : throw new InvalidDataException($"A count in a record is {value}, above the limit of {limit}.");
    }

    public ulong Fixed64()
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
        _rest = _rest[sizeof(ulong)..];
        return value;
    }

    public Guid Id()
    {
        var value = new Guid(_rest[..16], bigEndian: true);
        _rest = _rest[16..];
        return value;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        var length = Count(int.MaxValue);
        var value = _rest[..length];
        _rest = _rest[length..];
        return value;
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());
}
