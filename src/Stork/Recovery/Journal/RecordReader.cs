using System.Buffers.Binary;
using System.Text;

namespace Stork.Recovery.Journal;

/// <summary>Reads the fields of one record, whose checksum was right: what does not fit was written by another version.</summary>
/// <exception cref="InvalidDataException">A field reaches beyond the record.</exception>
internal ref struct RecordReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public byte Byte() => Take(1)[0];

    public uint Count() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public long Number() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public UInt128 Key() => BinaryPrimitives.ReadUInt128LittleEndian(Take(16));

    public ReadOnlySpan<byte> Bytes() => Take(checked((int)Count()));

    public string Text() => Encoding.UTF8.GetString(Bytes());

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length) throw new InvalidDataException("A record is shorter than its fields.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
