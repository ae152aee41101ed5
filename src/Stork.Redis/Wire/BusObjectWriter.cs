using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nerdbank.MessagePack;

namespace Stork.Redis.Wire;

/// <summary>Writes objects for the bus: as JSON, as official servers do, or as MessagePack where there is binary data, which they read as
/// well. <see cref="BusFields"/> reads them.</summary>
/// <param name="maxDepth">How deep the JSON of applications may be.</param>
internal sealed class BusObjectWriter(int maxDepth)
{
    private const int LevelsAround = 8;
    private const int SmallSize = 256;

    /// <summary>Of a socket with the headers that browsers send.</summary>
    private const int UsualSocketSize = 1_024;

    private static readonly JsonWriterOptions WriterOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    public static void WritePayload(Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonPayload payload)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(payload.Json.Span, skipInputValidation: true);
    }

    /// <summary>Writes an object, as MessagePack only if it has to be.</summary>
    /// <param name="attachments">The binary data, in the order of the placeholders' numbers.</param>
    /// <param name="writeMembers">Writes what the object holds.</param>
    /// <param name="sockets">How many sockets are described in it: a buffer that grows by and by to megabytes leaves as many for the
    /// garbage collector.</param>
    public ReadOnlyMemory<byte> Write(
        IReadOnlyList<ReadOnlyMemory<byte>> attachments, Action<Utf8JsonWriter> writeMembers, int sockets = 0) =>
        attachments.Count == 0 ? WriteJson(writeMembers, sockets) : WritePacked(attachments, writeMembers, sockets);

    /// <summary>Writes an object as MessagePack.</summary>
    public ReadOnlyMemory<byte> WritePacked(
        IReadOnlyList<ReadOnlyMemory<byte>> attachments, Action<Utf8JsonWriter> writeMembers, int sockets = 0)
    {
        var payload = new JsonPayload(WriteJson(writeMembers, sockets), attachments);
        var buffer = new ArrayBufferWriter<byte>(payload.Json.Length);
        var writer = new MessagePackWriter(buffer);
        JsonToMessagePack.Write(ref writer, payload, maxDepth + LevelsAround);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static ReadOnlyMemory<byte> WriteJson(Action<Utf8JsonWriter> writeMembers, int sockets)
    {
        var buffer = new ArrayBufferWriter<byte>(SmallSize + (sockets * UsualSocketSize));
        using var json = new Utf8JsonWriter(buffer, WriterOptions);
        json.WriteStartObject();
        writeMembers(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
