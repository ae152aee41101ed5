using System.Numerics;
using System.Runtime.InteropServices;

namespace Stork.EngineIO.WebSockets;

/// <summary>The masking of a client's payload: byte i is combined with byte i mod 4 of the key by XOR (RFC 6455, 5.3).</summary>
internal static class WebSocketMask
{
    /// <summary>
    /// Copies <paramref name="source"/> and masks or unmasks it on the way; both spans may be the same, but not overlap otherwise.
    /// </summary>
    /// <param name="source">The bytes to be masked.</param>
    /// <param name="destination">At least as long.</param>
    /// <param name="key">The four key bytes as they lie in memory.</param>
    /// <param name="offset">How many bytes of the same payload went before.</param>
    public static void Copy(ReadOnlySpan<byte> source, Span<byte> destination, uint key, int offset)
    {
        var turn = (offset & 3) * 8;
        key = BitConverter.IsLittleEndian ? BitOperations.RotateRight(key, turn) : BitOperations.RotateLeft(key, turn);

        var wideSource = MemoryMarshal.Cast<byte, Vector<byte>>(source);
        var wide = MemoryMarshal.Cast<byte, Vector<byte>>(destination)[..wideSource.Length];
        var wideKey = Vector.AsVectorByte(new Vector<uint>(key));
        for (var i = 0; i < wide.Length; i++)
            wide[i] = wideSource[i] ^ wideKey;

        // The vector's length is a multiple of four, so the key is in phase with the rest, too.
        var done = wide.Length * Vector<byte>.Count;
        source = source[done..];
        destination = destination[done..];
        var wordSource = MemoryMarshal.Cast<byte, uint>(source);
        var words = MemoryMarshal.Cast<byte, uint>(destination)[..wordSource.Length];
        for (var i = 0; i < words.Length; i++)
            words[i] = wordSource[i] ^ key;

        var keyBytes = MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(ref key));
        for (var i = words.Length * sizeof(uint); i < source.Length; i++)
            destination[i] = (byte)(source[i] ^ keyBytes[i & 3]);
    }
}
