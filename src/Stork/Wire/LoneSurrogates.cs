using System.Globalization;

namespace Stork.Wire;

/// <summary>
/// Half a surrogate pair, as JavaScript cuts an emoji in two: its JSON is valid, but a .NET string is not made of it, and System.Text.Json
/// throws. Read by .NET, it is U+FFFD, as in every decoder of UTF-8; what is stored or sent on unread stays as it came.
/// </summary>
internal static class LoneSurrogates
{
    private const int EscapeLength = 6; // \uXXXX

    private static ReadOnlySpan<byte> Replacement => "\\ufffd"u8;

    /// <summary>
    /// The JSON with each escaped half of a pair replaced; the same bytes if there is none, which for ordinary texts takes one search.
    /// </summary>
    /// <param name="json">Well-formed JSON: a backslash stands in strings only.</param>
    public static ReadOnlySpan<byte> Mend(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf((byte)'\\') < 0) return json;
        // Texts full of other escapes are not looked at one by one.
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0) return json;
        byte[]? mended = null;
        var at = json.IndexOf((byte)'\\');
        while (at >= 0)
        {
            var length = LengthOf(json[at..], out var isLone);
            if (isLone) Replacement.CopyTo((mended ??= json.ToArray()).AsSpan(at));
            at += length;
            var next = json[at..].IndexOf((byte)'\\');
            at = next < 0 ? -1 : at + next;
        }

        return mended ?? json;
    }

    /// <summary>How long the escape is that the text begins with; a whole pair counts as one.</summary>
    private static int LengthOf(ReadOnlySpan<byte> text, out bool isLone)
    {
        isLone = false;
        if (!TryReadUnit(text, out var unit)) return 2;
        if (char.IsHighSurrogate(unit) && TryReadUnit(text[EscapeLength..], out var next) && char.IsLowSurrogate(next))
            return 2 * EscapeLength;
        isLone = char.IsSurrogate(unit);
        return EscapeLength;
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (text.Length < EscapeLength || text[0] != '\\' || text[1] != 'u') return false;
        unit = (char)ushort.Parse(text.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return true;
    }
}
