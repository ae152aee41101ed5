using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Stork.Samples.Workers;

/// <summary>The work. node/worker.js and Page/examine.js do the same.</summary>
internal static partial class Examination
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Result Examine(Guid job, Document document, string by)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(document.Data));
        var size = document.Data.Length;
        if (ReadText(document.Data) is not { } text) return new Result(job, document.Name, by, size, digest, null, null, null);
        var words = Word().Matches(text).Select(static match => match.Value.ToLowerInvariant()).ToList();
        var commonest = words.CountBy(static word => word)
            .OrderByDescending(static word => word.Value).ThenBy(static word => word.Key, StringComparer.Ordinal)
            .Select(static word => word.Key).FirstOrDefault();
        var lines = text.Count(static c => c == '\n') + 1;
        return new Result(job, document.Name, by, size, digest, lines, words.Count, commonest);
    }

    /// <summary>Null: it is none.</summary>
    private static string? ReadText(byte[] data)
    {
        try
        {
            return data.Contains((byte)0) ? null : Strict.GetString(data);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Word();
}
