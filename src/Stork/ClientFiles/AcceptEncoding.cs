using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Stork.ClientFiles;

/// <summary>Chooses a content coding by the <c>Accept-Encoding</c> of a request (RFC 9110, 12.5.3).</summary>
internal static class AcceptEncoding
{
    // In the order of preference.
    private static readonly ContentCoding[] Codings =
        [ContentCoding.Brotli, ContentCoding.Gzip, ContentCoding.Deflate, ContentCoding.Identity];

    /// <summary>
    /// The coding with the highest quality; at equal quality the one that compresses best. Identity is the answer to a missing or
    /// malformed header, and also to one that forbids everything: the RFC lets a server choose that over a refusal, and the original
    /// server does.
    /// </summary>
    public static ContentCoding Choose(StringValues header)
    {
        if (!StringWithQualityHeaderValue.TryParseList(header, out var wishes))
            return ContentCoding.Identity;

        var best = ContentCoding.Identity;
        double bestQuality = 0;
        foreach (var coding in Codings)
        {
            var quality = QualityOf(wishes, coding);
            if (quality > bestQuality)
                (best, bestQuality) = (coding, quality);
        }
        return best;
    }

    /// <summary>The name on the wire.</summary>
    public static string NameOf(ContentCoding coding) => coding switch
    {
        ContentCoding.Brotli => "br",
        ContentCoding.Gzip => "gzip",
        ContentCoding.Deflate => "deflate",
        _ => "identity",
    };

    // Zero stands for "not acceptable" and for "not mentioned" alike. An asterisk speaks for all that is not named.
    private static double QualityOf(IList<StringWithQualityHeaderValue> wishes, ContentCoding coding)
    {
        var name = NameOf(coding);
        double others = 0;
        foreach (var wish in wishes)
        {
            var quality = wish.Quality ?? 1;
            if (wish.Value.Equals(name, StringComparison.OrdinalIgnoreCase))
                return quality;
            if (wish.Value == "*")
                others = quality;
        }
        return others;
    }
}
