using System.Buffers.Text;
using System.Security.Cryptography;

namespace Stork.EngineIO;

/// <summary>
/// Ids of sessions and sockets, 20 characters of base64url, 120 random bits: what sticky routers look for, and what nobody guesses.
/// </summary>
/// <remarks>
/// A call of the system's generator costs much more than the bytes it brings, so each thread fetches those of several ids at once. They are
/// used once, and erased then.
/// </remarks>
internal static class SessionId
{
    private const int Size = 15;
    private const int FetchedAtOnce = 32;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _left;

    public static string Create()
    {
        var random = _random ??= new byte[Size * FetchedAtOnce];
        if (_left == 0)
        {
            RandomNumberGenerator.Fill(random);
            _left = FetchedAtOnce;
        }

        var bytes = random.AsSpan(--_left * Size, Size);
        var id = Base64Url.EncodeToString(bytes);
        bytes.Clear();
        return id;
    }
}
