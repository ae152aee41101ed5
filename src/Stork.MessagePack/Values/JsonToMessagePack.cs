using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Nerdbank.MessagePack;

namespace Stork.MessagePack.Values;

/// <summary>
/// JSON with its binary data as one value of MessagePack: the smallest form of each number, binary values where the placeholders are.
/// </summary>
/// <remarks>
/// MessagePack says in front of an array or an object how much is in it. So the JSON is read twice: the first pass counts what each array
/// and each object holds, in the order in which they open; the second one writes. Nothing has to be said where they close.
/// </remarks>
internal static class JsonToMessagePack
{
    /// <summary>JavaScript knows no larger whole numbers, and writes these as such even where they came as <c>1.0</c>.</summary>
    private const double LargestWhole = 9007199254740992;

    /// <summary>Writes a payload as one value.</summary>
    /// <exception cref="JsonException">It is not well-formed, or too deep.</exception>
    public static void Write(ref MessagePackWriter writer, JsonPayload payload, int maxDepth)
    {
        var options = new JsonReaderOptions { MaxDepth = maxDepth };
        var sizes = CountChildren(new Utf8JsonReader(payload.Json.Span, options));
        var reader = new Utf8JsonReader(payload.Json.Span, options);
        var container = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    if (payload.Attachments.Count > 0 && FindAttachment(reader, payload.Attachments.Count) is { } number)
                    {
                        container += SkipContainer(ref reader);
                        writer.Write(payload.Attachments[number].Span);
                        break;
                    }

                    writer.WriteMapHeader(sizes[container++]);
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteArrayHeader(sizes[container++]);
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    WriteText(ref writer, reader);
                    break;
                case JsonTokenType.Number:
                    WriteNumber(ref writer, reader);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    writer.Write(reader.TokenType == JsonTokenType.True);
                    break;
                case JsonTokenType.Null:
                    writer.WriteNil();
                    break;
            }
        }
    }

    private static List<int> CountChildren(Utf8JsonReader reader)
    {
        var sizes = new List<int>();
        var open = new Stack<(int Container, bool IsArray)>();
        while (reader.Read())
        {
            var type = reader.TokenType;
            if (type is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                open.Pop();
                continue;
            }

            // Of an object its names are counted, of an array its values.
            if (open.TryPeek(out var parent) && (type == JsonTokenType.PropertyName || parent.IsArray)) sizes[parent.Container]++;
            if (type is not (JsonTokenType.StartArray or JsonTokenType.StartObject)) continue;
            open.Push((sizes.Count, type == JsonTokenType.StartArray));
            sizes.Add(0);
        }

        return sizes;
    }

    /// <summary>The number of the attachment, if the object that opens here stands for one.</summary>
    private static int? FindAttachment(Utf8JsonReader reader, int attachments)
    {
        var isMarked = false;
        int? number = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMark = reader.ValueTextEquals("_placeholder"u8);
            var isNumber = reader.ValueTextEquals("num"u8);
            reader.Read();
            if (isMark) isMarked = reader.TokenType == JsonTokenType.True;
            if (isNumber) number = reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var read) ? read : null;
            reader.Skip();
        }

        return isMarked && number >= 0 && number < attachments ? number : null;
    }

    /// <summary>Goes to the end of what opens here.</summary>
    /// <returns>How many arrays and objects opened on the way, itself among them.</returns>
    private static int SkipContainer(ref Utf8JsonReader reader)
    {
        var opened = 1;
        for (var depth = reader.CurrentDepth; reader.Read() && reader.CurrentDepth > depth;)
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject) opened++;
        }

        return opened;
    }

    private static void WriteText(ref MessagePackWriter writer, Utf8JsonReader reader)
    {
        var raw = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
        {
            writer.WriteString(raw);
            return;
        }

        var rented = ArrayPool<byte>.Shared.Rent(raw.Length);
        writer.WriteString(rented.AsSpan(0, JsonStrings.Unescape(raw, rented)));
        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void WriteNumber(ref MessagePackWriter writer, Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var whole)) writer.Write(whole);
        else if (reader.TryGetUInt64(out var large)) writer.Write(large);
        else if (!Utf8Parser.TryParse(reader.ValueSpan, out double number, out _) || !double.IsFinite(number)) writer.WriteNil();
        else if (Math.Abs(number) <= LargestWhole && Math.Floor(number) == number) writer.Write((long)number);
        else writer.Write(number);
    }
}
