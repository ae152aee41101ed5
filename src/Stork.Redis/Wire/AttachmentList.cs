using System.Buffers;
using System.Text.Json;

namespace Stork.Redis.Wire;

/// <summary>The binary data of several payloads that become one message: their placeholders are numbered anew, through all of
/// them.</summary>
internal sealed class AttachmentList
{
    private readonly List<ReadOnlyMemory<byte>> _all = [];

    public IReadOnlyList<ReadOnlyMemory<byte>> All => _all;

    /// <summary>Takes over the data of a payload.</summary>
    /// <returns>Its JSON, with numbers that are right in the whole.</returns>
    public JsonPayload Add(JsonPayload payload)
    {
        var offset = _all.Count;
        if (payload.Attachments.Count == 0) return payload;
        _all.AddRange(payload.Attachments);
        return offset == 0 ? payload : new JsonPayload(Renumber(payload.Json, offset));
    }

    /// <summary>Takes over the data of sockets.</summary>
    public List<ClusterSocket> AddAll(IReadOnlyList<ClusterSocket> sockets) =>
        [.. sockets.Select(socket => socket.Data.Attachments.Count == 0 ? socket : socket with { Data = Add(socket.Data) })];

    /// <summary>Only numbers of objects with the mark are changed: others may be the application's.</summary>
    private static ReadOnlyMemory<byte> Renumber(ReadOnlyMemory<byte> json, int offset)
    {
        var buffer = new ArrayBufferWriter<byte>(json.Length + 16);
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        using var document = JsonDocument.Parse(json);
        Copy(writer, document.RootElement, offset);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static void Copy(Utf8JsonWriter writer, JsonElement element, int offset)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Copy(writer, item, offset);
                writer.WriteEndArray();
                break;
            case JsonValueKind.Object:
                var isMarked = element.TryGetProperty("_placeholder"u8, out var mark) && mark.ValueKind == JsonValueKind.True;
                writer.WriteStartObject();
                foreach (var property in element.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    if (isMarked && property.NameEquals("num"u8) && property.Value.TryGetInt32(out var number))
                        writer.WriteNumberValue(number + offset);
                    else Copy(writer, property.Value, offset);
                }

                writer.WriteEndObject();
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }
}
