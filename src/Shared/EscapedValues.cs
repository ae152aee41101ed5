using System.Collections;
using System.Globalization;
using System.Text;

namespace Stork.Shared;

/// <summary>The values of a log line and the line itself, both with texts as <see cref="LogText"/> shows them.</summary>
internal sealed class EscapedValues : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>The name under which a line's template is among its values.</summary>
    private const string Template = "{OriginalFormat}";

    private readonly KeyValuePair<string, object?>[] _values;

    private EscapedValues(KeyValuePair<string, object?>[] values) => _values = values;

    public int Count => _values.Length;

    public KeyValuePair<string, object?> this[int index] => _values[index];

    /// <returns>Null if the values can be shown as they are.</returns>
    public static EscapedValues? Of(IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        KeyValuePair<string, object?>[]? escaped = null;
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is not (not Template, string text) || ReferenceEquals(LogText.Of(text), text)) continue;
            escaped ??= [.. values];
            escaped[i] = new(values[i].Key, LogText.Of(text));
        }

        return escaped is null ? null : new EscapedValues(escaped);
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, object?>>)_values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public override string ToString()
    {
        var line = new StringBuilder();
        ReadOnlySpan<char> rest = Find(Template)?.ToString();
        for (var open = rest.IndexOf('{'); open >= 0; open = rest.IndexOf('{'))
        {
            line.Append(rest[..open]);
            var end = rest.IndexOf('}');
            line.Append(Convert.ToString(Find(rest[(open + 1)..end]) ?? "(null)", CultureInfo.InvariantCulture));
            rest = rest[(end + 1)..];
        }

        return line.Append(rest).ToString();
    }

    private object? Find(ReadOnlySpan<char> name)
    {
        foreach (var (key, value) in _values)
        {
            if (name.SequenceEqual(key)) return value;
        }

        return null;
    }
}
