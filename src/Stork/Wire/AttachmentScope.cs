using System.Text.Json;

namespace Stork.Wire;

/// <summary>
/// Where the binary converters put and find attachments while one packet is written or read. Serializing is synchronous, so a thread-static
/// reaches converters at any depth without a parameter of theirs.
/// </summary>
internal static class AttachmentScope
{
    [ThreadStatic]
    private static PacketBuilder? _writing;

    [ThreadStatic]
    private static ReadOnlyMemory<byte>[]? _reading;

    public static PacketBuilder? Writing => _writing;

    public static PacketBuilder? EnterWriting(PacketBuilder? builder)
    {
        var outer = _writing;
        _writing = builder;
        return outer;
    }

    public static ReadOnlyMemory<byte>[]? EnterReading(ReadOnlyMemory<byte>[]? attachments)
    {
        var outer = _reading;
        _reading = attachments;
        return outer;
    }

    /// <summary>Reads a placeholder object, or a base64 string as System.Text.Json writes bytes elsewhere.</summary>
    public static ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String) return reader.GetBytesFromBase64();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("Binary data expected.");
        var isPlaceholder = false;
        var number = -1;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("_placeholder"u8))
            {
                reader.Read();
                isPlaceholder = reader.TokenType == JsonTokenType.True;
            }
            else if (reader.ValueTextEquals("num"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out number)) number = -1;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        var attachments = _reading ?? [];
        return isPlaceholder && (uint)number < (uint)attachments.Length
            ? attachments[number]
            : throw new JsonException("Binary data expected, but the object names no attachment of this packet.");
    }

    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> data)
    {
        if (_writing is null) writer.WriteBase64StringValue(data);
        else _writing.WriteAttachment(writer, data);
    }
}
