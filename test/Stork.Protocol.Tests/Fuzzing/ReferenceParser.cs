using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Stork.Protocol.Tests.Fuzzing;

/// <summary>
/// The rules of the packet text a second time, written for clarity: a regular expression and a document. It has to agree with the decoder
/// on every input.
/// </summary>
internal static partial class ReferenceParser
{
    private static readonly string[] Reserved =
        ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

    /// <summary>What a text means, or null when it has to be refused.</summary>
    public static string? Parse(byte[] text, ProtocolLimits limits)
    {
        var match = Form().Match(Encoding.Latin1.GetString(text));
        if (text.Length > limits.MaxPacketSize || !match.Success)
            return null;

        var type = match.Groups["type"].Value[0] - '0';
        var attachments = type >= 5 ? Number(match.Groups["attachments"].Value) : 0;
        var nsp = match.Groups["nsp"].Success ? match.Groups["nsp"].Value : "/";
        var id = match.Groups["id"].Success ? Number(match.Groups["id"].Value) : -1;
        if (type is 3 or 6)
            id = BigInteger.Min(id, long.MaxValue);
        var payload = match.Groups["payload"].Value.TrimEnd(' ', '\t', '\r', '\n');

        if (attachments > limits.MaxAttachments || (type >= 5 && attachments < 1) || nsp.Length > limits.MaxNamespaceLength)
            return null;
        if (id > Packet.MaxAckId && type is not (3 or 6))
            return null;
        if (!IsPayload(type, payload, (int)attachments, limits.MaxJsonDepth))
            return null;
        return Describe(type, (int)attachments, nsp, id.ToString(CultureInfo.InvariantCulture), payload);
    }

    public static string Describe(int type, int attachments, string nsp, string id, string payload) =>
        $"type {type}, attachments {attachments}, namespace {nsp}, id {id}, payload {payload}";

    // Bytes as Latin-1, so that one character is one byte.
    [GeneratedRegex(
        @"\A(?<type>[0-6])(?:(?<=[56])(?<attachments>[0-9]+)-|(?<![56]))(?:(?<nsp>/[^,]*)(?:,|\z))?(?<id>[0-9]+)?(?<payload>(?![0-9]).*)\z",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();

    // Thirty digits are more than any limit; parsing thousands would only take long.
    private static BigInteger Number(string digits)
    {
        var significant = digits.TrimStart('0').PadLeft(1, '0');
        return BigInteger.Parse(significant[..Math.Min(30, significant.Length)], CultureInfo.InvariantCulture);
    }

    private static bool IsPayload(int type, string payload, int attachments, int maxDepth)
    {
        if (payload.Length == 0)
            return type is 0 or 1 or 4;
        var first = payload[0];
        var fits = type switch
        {
            0 => first == '{',
            1 => false,
            4 => first is '{' or '"',
            _ => first == '[',
        };
        if (!fits)
            return false;

        try
        {
            using var json = JsonDocument.Parse(Encoding.Latin1.GetBytes(payload), new JsonDocumentOptions { MaxDepth = maxDepth });
            var root = json.RootElement;
            return (type is not (2 or 5) || IsEvent(root)) && (attachments == 0 || PlaceholdersPointSomewhere(root, attachments));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsEvent(JsonElement root)
    {
        if (root.GetArrayLength() == 0)
            return false;
        var name = root[0];
        return name.ValueKind == JsonValueKind.Number
            || (name.ValueKind == JsonValueKind.String && !Reserved.Any(reserved => Matches(() => name.ValueEquals(reserved))));
    }

    private static bool PlaceholdersPointSomewhere(JsonElement element, int attachments)
    {
        if (element.ValueKind == JsonValueKind.Array)
            return element.EnumerateArray().All(item => PlaceholdersPointSomewhere(item, attachments));
        if (element.ValueKind != JsonValueKind.Object)
            return true;

        var members = element.EnumerateObject().ToList();
        JsonElement? Last(string key) =>
            members.Where(m => Matches(() => m.NameEquals(key))).Select(m => (JsonElement?)m.Value).LastOrDefault();
        if (Last("_placeholder") is { ValueKind: JsonValueKind.True })
        {
            if (Last("num") is not { ValueKind: JsonValueKind.Number } num)
                return false;
            if (!num.TryGetInt32(out var index) || index < 0 || index >= attachments)
                return false;
        }

        return members.TrueForAll(m => PlaceholdersPointSomewhere(m.Value, attachments));
    }

    // The framework refuses to compare text with a lone surrogate or bytes that are not UTF-8; such text equals none of the words looked
    // for.
    private static bool Matches(Func<bool> compare)
    {
        try
        {
            return compare();
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
