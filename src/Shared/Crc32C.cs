using System.Numerics;
using System.Runtime.InteropServices;

namespace Stork.Shared;

/// <summary>
/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), eight bytes a step with the processor's own instruction where it has one.
/// </summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(data);
        foreach (var word in words) crc = BitOperations.Crc32C(crc, word);
        foreach (var rest in data[(words.Length * sizeof(ulong))..]) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }
}
