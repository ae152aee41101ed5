using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// What is kept of a producer's id, or of a collapse key: 128 bits of its SHA-256, so that nobody can make two collide and every id costs
/// the same. Part of the format.
/// <code>u64 high  u64 low</code>
/// </summary>
internal static class IdHash
{
    public static UInt128 Of(ReadOnlySpan<byte> id)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, digest);
        return MemoryMarshal.Read<UInt128>(digest);
    }

    public static UInt128 Of(string id) => Of(Encoding.UTF8.GetBytes(id));

    public static UInt128 Read(ref RecordReader reader) => new(reader.Fixed64(), reader.Fixed64());

    public static void Write(UInt128 hash, FrameBuilder fields)
    {
        fields.Fixed64((ulong)(hash >> 64));
        fields.Fixed64((ulong)hash);
    }
}
