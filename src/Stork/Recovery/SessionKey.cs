using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Stork.Recovery;

/// <summary>
/// The private ids (pid) of sessions, 128 random bits, and what the server keeps of them: half of their SHA-256. A look-up by it takes
/// no time that tells anything of the pid, and neither the memory nor the disk of the server holds a pid that somebody could use.
/// </summary>
internal static class SessionKey
{
    /// <summary>Characters of a pid.</summary>
    public const int PidLength = 22;

    private const int PidBytes = 16;

    public static string NewPid()
    {
        Span<byte> random = stackalloc byte[PidBytes];
        RandomNumberGenerator.Fill(random);
        return Base64Url.EncodeToString(random);
    }

    public static UInt128 Of(string pid) => Digest(pid);

    /// <summary>The same for identities, which have no business on disk either; zero stands for nobody.</summary>
    public static UInt128 OfIdentity(string? identity) => identity is null ? UInt128.Zero : Digest("identity:" + identity);

    private static UInt128 Digest(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
