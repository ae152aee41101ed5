using System.Text.Json;

namespace Stork.Protocol;

/// <summary>
/// One pass over the JSON of a packet: it is well-formed, not too deep, begins with an event name where one is due, and its placeholders
/// point to attachments.
/// </summary>
internal static class PayloadScan
{
    /// <summary>Where the name of an event is, relative to the payload, without its quotes.</summary>
    internal readonly record struct NameSlice(int Start, int Length, bool IsEscaped);

    private enum Key : byte
    {
        Other,
        Placeholder,
        Num,
    }

    // What is known of an open object; a mark without a number when it closes is a placeholder that points nowhere.
    [Flags]
    private enum Seen : byte
    {
        Nothing = 0,
        Mark = 1,
        ValidNum = 2,
    }

    /// <summary>Scans a payload.</summary>
    /// <param name="json">The payload; not empty.</param>
    /// <param name="isEvent">Whether it has to begin with an event name.</param>
    /// <param name="attachments">How many attachments placeholders may point to; 0 when objects that look like placeholders are ordinary
    /// data.</param>
    /// <param name="limits">Of these the depth is applied.</param>
    /// <returns>Where the name of the event is.</returns>
    public static NameSlice Run(ReadOnlySpan<byte> json, bool isEvent, int attachments, ProtocolLimits limits)
    {
        try
        {
            var reader = new Utf8JsonReader(json, limits.ReaderOptions);
            reader.Read();
            var name = isEvent ? ReadName(ref reader) : default;
            if (attachments > 0)
                ReadWithPlaceholders(ref reader, attachments, limits.MaxJsonDepth);
            else
                ReadToEnd(ref reader, limits.MaxJsonDepth);
            return name;
        }
        catch (JsonException)
        {
            // Its message quotes the payload, so it is not passed on.
            throw new ProtocolException(ProtocolError.InvalidPayload);
        }
    }

    private static NameSlice ReadName(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType == JsonTokenType.String)
            return new NameSlice(start + 1, reader.ValueSpan.Length, reader.ValueIsEscaped);
        if (reader.TokenType != JsonTokenType.Number)
            ProtocolException.Throw(ProtocolError.InvalidPayload);
        return new NameSlice(start, reader.ValueSpan.Length, IsEscaped: false);
    }

    private static void ReadToEnd(ref Utf8JsonReader reader, int maxDepth)
    {
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                CheckDepth(ref reader, maxDepth);
        }
    }

    private static void ReadWithPlaceholders(ref Utf8JsonReader reader, int attachments, int maxDepth)
    {
        // Indexed by depth. LargestJsonDepth keeps it small. Where a key is repeated the last one counts, as in JavaScript.
        Span<Seen> open = stackalloc Seen[maxDepth];
        var key = Key.Other;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                key = Identify(ref reader);
                continue;
            }

            if (key != Key.Other)
            {
                Note(ref open[reader.CurrentDepth - 1], key, ref reader, attachments);
                key = Key.Other;
            }

            switch (reader.TokenType)
            {
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    CheckDepth(ref reader, maxDepth);
                    open[reader.CurrentDepth] = Seen.Nothing;
                    break;
                case JsonTokenType.EndObject when open[reader.CurrentDepth] == Seen.Mark:
                    ProtocolException.Throw(ProtocolError.IllegalAttachment);
                    break;
            }
        }
    }

    private static Key Identify(ref Utf8JsonReader reader)
    {
        if (JsonText.Equals(reader.ValueSpan, reader.ValueIsEscaped, "_placeholder"u8))
            return Key.Placeholder;
        return JsonText.Equals(reader.ValueSpan, reader.ValueIsEscaped, "num"u8) ? Key.Num : Key.Other;
    }

    private static void Note(ref Seen seen, Key key, ref Utf8JsonReader value, int attachments)
    {
        var (flag, holds) = key == Key.Placeholder
            ? (Seen.Mark, value.TokenType == JsonTokenType.True)
            : (Seen.ValidNum, value.TokenType == JsonTokenType.Number && value.TryGetInt32(out var num) && num >= 0 && num < attachments);
        seen = holds ? seen | flag : seen & ~flag;
    }

    // CurrentDepth does not count the token that opens.
    private static void CheckDepth(ref Utf8JsonReader reader, int maxDepth)
    {
        if (reader.CurrentDepth >= maxDepth)
            ProtocolException.Throw(ProtocolError.TooDeep);
    }
}
