using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Stork.Shared;

/// <summary>
/// Text that somebody else chose, as a log, a trace or a meter may show it: on one line, in its order, without anything a terminal obeys,
/// and not too much of it. What is not shown as it is, is shown as in JavaScript.
/// </summary>
internal static class LogText
{
    /// <summary>Characters that are shown of one text; of the rest, how many there are.</summary>
    public const int MaxLength = 500;

    /// <returns>The text itself if there is nothing about it.</returns>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Of(string? text, int most = MaxLength) =>
        text is null || (text.Length <= most && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')) ? text : Escape(text, most);

    private static string Escape(string text, int most)
    {
        var rest = text.AsSpan(0, Math.Min(text.Length, most));
        // Half a pair at the end would be shown as if the client had sent it so.
        if (rest.Length < text.Length && !rest.IsEmpty && char.IsHighSurrogate(rest[^1])) rest = rest[..^1];
        var shown = new StringBuilder(rest.Length + 16);
        while (!rest.IsEmpty)
        {
            var isWhole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (isWhole && IsShown(rune)) shown.Append(rest[..length]);
            else foreach (var unit in rest[..length]) Append(shown, unit);
            rest = rest[length..];
        }

        if (text.Length > most) shown.Append(CultureInfo.InvariantCulture, $"… ({text.Length} characters)");
        return shown.ToString();
    }

    private static void Append(StringBuilder shown, char unit) => _ = unit switch
    {
        '\n' => shown.Append(@"\n"),
        '\r' => shown.Append(@"\r"),
        '\t' => shown.Append(@"\t"),
        _ => shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}"),
    };

    /// <summary>Among those that are not: what begins a line, and (as "format") what turns the order of the text around it.</summary>
    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);
}
