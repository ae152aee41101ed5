using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Stork.Recovery;

/// <summary>
/// Positions in the log as clients see them: 22 characters that tell nothing, cannot be made up, and are only understood by the log
/// they are from.
/// One AES block under the log's own key, in base64url: <c>sequence (8, little endian) | tag of the log (8)</c>.
/// </summary>
/// <remarks>Not thread-safe: the log's lock guards it. Sequences follow each other, so they are enciphered by the batch.</remarks>
internal sealed class OffsetCodec : IDisposable
{
    /// <summary>Characters of an offset.</summary>
    public const int Length = 22;

    /// <summary>Bytes of the secret: a key of 16 and a tag of 8.</summary>
    public const int SecretLength = KeyLength + sizeof(ulong);

    private const int KeyLength = 16;
    private const int BlockLength = 16;
    private const int BatchLength = 64;

    private readonly Aes _aes = Aes.Create();
    private readonly ulong _tag;
    private readonly byte[] _plain = new byte[BatchLength * BlockLength];
    private readonly byte[] _batch = new byte[BatchLength * BlockLength];
    private long _first = -1;

    public OffsetCodec(ReadOnlySpan<byte> secret)
    {
        Secret = secret.ToArray();
        _aes.Key = secret[..KeyLength].ToArray();
        _tag = BinaryPrimitives.ReadUInt64LittleEndian(secret[KeyLength..]);
    }

    /// <summary>What the offsets of a log are made with; kept with the log.</summary>
    public byte[] Secret { get; }

    public static byte[] NewSecret() => RandomNumberGenerator.GetBytes(SecretLength);

    /// <summary>Writes the offset of a sequence number.</summary>
    /// <param name="sequence">The number; not negative.</param>
    /// <param name="text">Room for <see cref="Length"/> characters.</param>
    public void Format(long sequence, Span<byte> text)
    {
        var first = sequence - (sequence % BatchLength);
        if (_first != first) Fill(first);
        Base64Url.EncodeToUtf8(_batch.AsSpan((int)(sequence - first) * BlockLength, BlockLength), text);
    }

    /// <summary>Reads what a client sent; false if this log never gave it out.</summary>
    public bool TryParse(ReadOnlySpan<byte> text, out long sequence)
    {
        sequence = -1;
        Span<byte> block = stackalloc byte[BlockLength];
        if (text.Length != Length || !Base64Url.TryDecodeFromUtf8(text, block, out var length) || length != BlockLength) return false;
        Span<byte> plain = stackalloc byte[BlockLength];
        _aes.DecryptEcb(block, plain, PaddingMode.None);
        if (BinaryPrimitives.ReadUInt64LittleEndian(plain[sizeof(long)..]) != _tag) return false;
        sequence = BinaryPrimitives.ReadInt64LittleEndian(plain);
        return sequence >= 0;
    }

    public void Dispose() => _aes.Dispose();

    private void Fill(long first)
    {
        for (var i = 0; i < BatchLength; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_plain.AsSpan(i * BlockLength), first + i);
            BinaryPrimitives.WriteUInt64LittleEndian(_plain.AsSpan((i * BlockLength) + sizeof(long)), _tag);
        }

        _aes.EncryptEcb(_plain, _batch, PaddingMode.None);
        _first = first;
    }
}
