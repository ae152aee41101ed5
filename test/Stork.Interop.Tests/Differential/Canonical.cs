using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Stork.Interop.Tests.Differential;

/// <summary>
/// Writes a packet so that two servers may be compared: ids they invent are left out, and JSON is written by its meaning to JavaScript, as
/// the original reads and writes what Stork passes on unread.
/// </summary>
internal static partial class Canonical
{
    public static string Packet(string text)
    {
        var match = Parts().Match(text);
        if (!match.Success) return text;
        var (head, json) = (match.Groups["head"].Value, match.Groups["json"].Value);
        var isWelcome = head.StartsWith("40", StringComparison.Ordinal) && json.StartsWith("{\"sid\":", StringComparison.Ordinal);
        if (isWelcome) return head + "{sid}";
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 });
            var canonical = new StringBuilder(head);
            Write(canonical, document.RootElement);
            return canonical.ToString();
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static void Write(StringBuilder target, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                // The last of several equal names counts, and order does not.
                var properties = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
                foreach (var property in element.EnumerateObject())
                    properties[Unescaped(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(property)))] = property.Value;
                target.Append('{');
                foreach (var (name, value) in properties)
                {
                    target.Append(name).Append(':');
                    Write(target, value);
                    target.Append(',');
                }

                target.Append('}');
                break;
            case JsonValueKind.Array:
                target.Append('[');
                foreach (var item in element.EnumerateArray())
                {
                    Write(target, item);
                    target.Append(',');
                }

                target.Append(']');
                break;
            case JsonValueKind.Number:
                var number = element.GetDouble();
                target.Append(double.IsFinite(number) ? (number + 0.0).ToString("R", CultureInfo.InvariantCulture) : "null");
                break;
            case JsonValueKind.String:
                target.Append(Unescaped(element.GetRawText()));
                break;
            default:
                target.Append(element.GetRawText());
                break;
        }
    }

    /// <summary>Replaces escapes one UTF-16 unit at a time, so that halves of surrogate pairs are compared too.</summary>
    private static string Unescaped(string raw) => Escape().Replace(raw, match => match.Value[1] switch
    {
        'u' => ((char)ushort.Parse(match.Value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString(),
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'b' => "\b",
        'f' => "\f",
        var other => other.ToString(),
    });

    [GeneratedRegex(
        """^(?<head>4[0-6](\d+-)?(/[^,]*,)?[^\[\{"]*)(?<json>[\[\{"].*)$""", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Parts();

    [GeneratedRegex("""\\(u[0-9a-fA-F]{4}|.)""", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Escape();
}
