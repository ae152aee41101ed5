using System.Text;
using System.Text.Json;
using Nerdbank.MessagePack;

namespace Stork.Redis.Wire;

/// <summary>
/// The members of one object from the bus, by their names, each as it was written. Servers write objects as JSON, or as MessagePack where
/// they hold binary data; the first byte tells which.
/// </summary>
/// <remarks>What is not of the expected kind throws <see cref="FormatException"/>, what is not there is null or empty: official servers
/// leave out what is undefined. Of names that come twice the last one counts, as in JavaScript.</remarks>
internal sealed class BusFields
{
    /// <summary>Members that one object may have; headers are the most of them.</summary>
    private const int MaxFields = 1_000;

    /// <summary>Elements that one list may have, rooms or sockets: each takes several times as much memory as it has bytes.</summary>
    private const int MaxElements = 1_000_000;

    /// <summary>Levels that messages put around what applications send.</summary>
    private const int LevelsAround = 8;

    private readonly Dictionary<string, JsonPayload> _fields = new(StringComparer.Ordinal);
    private readonly int _maxDepth;

    private BusFields(int maxDepth) => _maxDepth = maxDepth;

    /// <summary>Reads a message in either format.</summary>
    /// <param name="bytes">The message; must not change any more.</param>
    /// <param name="maxDepth">How deep the JSON of applications may be.</param>
    /// <param name="maxSize">Bytes of the JSON that becomes of MessagePack.</param>
    public static BusFields Read(ReadOnlyMemory<byte> bytes, int maxDepth, int maxSize)
    {
        if (bytes is { IsEmpty: false, Span: [(byte)'{', ..] }) return Read(new JsonPayload(bytes), maxDepth);
        var reader = new MessagePackReader(bytes);
        var fields = new BusFields(maxDepth);
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = reader.ReadString() ?? throw new FormatException("A member has no name.");
            fields.Set(name, MessagePackToJson.Read(ref reader, maxDepth + LevelsAround, maxSize));
        }

        return fields;
    }

    /// <summary>Reads the members of an object that is JSON already.</summary>
    public static BusFields Read(JsonPayload payload, int maxDepth)
    {
        var fields = new BusFields(maxDepth);
        var reader = new Utf8JsonReader(payload.Json.Span, new JsonReaderOptions { MaxDepth = maxDepth + LevelsAround });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw new FormatException("An object was expected.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = ReadText(reader)!;
            reader.Read();
            fields.Set(name, Slice(payload, ref reader));
        }

        while (reader.Read())
        {
            // Throws at whatever stands behind the object.
        }

        return fields;
    }

    /// <summary>A member as it is; null if it is not there, or null itself.</summary>
    public JsonPayload? Find(string name) =>
        _fields.TryGetValue(name, out var value) && !value.Json.Span.SequenceEqual("null"u8) ? value : null;

    /// <summary>An object.</summary>
    public BusFields? FindObject(string name) => Find(name) is { } value ? Read(value, _maxDepth) : null;

    /// <summary>A text; numbers are taken as such, since rooms and ids may be numbers in JavaScript.</summary>
    public string? FindText(string name)
    {
        if (Find(name) is not { } value) return null;
        var reader = new Utf8JsonReader(value.Json.Span);
        reader.Read();
        return ReadText(reader);
    }

    public bool? FindBoolean(string name)
    {
        if (Find(name) is not { } value) return null;
        return value.Json.Span switch
        {
            [(byte)'t', ..] => true,
            [(byte)'f', ..] => false,
            _ => throw new FormatException($"{name} is not true or false."),
        };
    }

    public double? FindNumber(string name)
    {
        if (Find(name) is not { } value) return null;
        var reader = new Utf8JsonReader(value.Json.Span);
        return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number)
            ? number
            : throw new FormatException($"{name} is no number.");
    }

    /// <summary>A whole number, as kinds of messages and counts are.</summary>
    public int? FindWhole(string name)
    {
        if (FindNumber(name) is not { } number) return null;
        return number is >= int.MinValue and <= int.MaxValue && Math.Floor(number) == number
            ? (int)number
            : throw new FormatException($"{name} is no whole number, or too large.");
    }

    /// <summary>A list of texts; empty if it is not there.</summary>
    public string[] ReadTexts(string name)
    {
        if (Find(name) is not { } value) return [];
        var reader = OpenArray(value);
        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            CheckCount(texts.Count);
            texts.Add(ReadText(reader) ?? throw new FormatException($"{name} holds what is no text."));
        }

        return [.. texts];
    }

    /// <summary>The elements of a list, as they are; empty if it is not there.</summary>
    public List<JsonPayload> ReadElements(string name)
    {
        var elements = new List<JsonPayload>();
        if (Find(name) is not { } value) return elements;
        var reader = OpenArray(value);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            CheckCount(elements.Count);
            elements.Add(Slice(value, ref reader));
        }

        return elements;
    }

    /// <summary>The names of all members.</summary>
    public IReadOnlyCollection<string> Names => _fields.Keys;

    /// <summary>Whether a member is a list.</summary>
    public bool IsArray(string name) => Find(name) is { } value && value.Json.Span is [(byte)'[', ..];

    private static string? ReadText(Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return Encoding.UTF8.GetString(reader.ValueSpan);
            case JsonTokenType.String or JsonTokenType.PropertyName:
                var raw = reader.ValueSpan;
                if (!reader.ValueIsEscaped) return Encoding.UTF8.GetString(raw);
                var plain = new byte[raw.Length];
                return Encoding.UTF8.GetString(plain.AsSpan(0, JsonStrings.Unescape(raw, plain)));
            case JsonTokenType.Null:
                return null;
            default:
                throw new FormatException("A text was expected.");
        }
    }

    private static void CheckCount(int count)
    {
        if (count == MaxElements) throw new FormatException($"A list has more than {MaxElements} elements.");
    }

    private static JsonPayload Slice(JsonPayload payload, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return new JsonPayload(payload.Json[start..(int)reader.BytesConsumed], payload.Attachments);
    }

    private Utf8JsonReader OpenArray(JsonPayload value)
    {
        var reader = new Utf8JsonReader(value.Json.Span, new JsonReaderOptions { MaxDepth = _maxDepth + LevelsAround });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) throw new FormatException("A list was expected.");
        return reader;
    }

    private void Set(string name, JsonPayload value)
    {
        if (_fields.Count == MaxFields && !_fields.ContainsKey(name))
            throw new FormatException($"An object has more than {MaxFields} members.");
        _fields[name] = value;
    }
}
