using System.Runtime.InteropServices;
using System.Text.Json;
using Stork.Wire;

namespace Stork.SocketIO.Clustering;

/// <summary>The application's data of a socket as one JSON object, and back.</summary>
internal static class SocketDataText
{
    private static readonly JsonPayload Nothing = new("{}"u8.ToArray());

    /// <summary>Writes the data; what cannot be serialized is left out, for the socket itself is there.</summary>
    public static JsonPayload Write(IDictionary<string, object?> data, ArgumentSerializer serializer)
    {
        if (data.Count == 0) return Nothing;
        try
        {
            return WriteAll(data, serializer);
        }
        catch (Exception)
        {
            // Converters are the application's, and may throw anything. Seldom enough to find out value by value.
            return Write(data, serializer, CanWrite);
        }
    }

    /// <summary>Writes the data; throws what converters throw at what cannot be serialized.</summary>
    public static JsonPayload WriteAll(IDictionary<string, object?> data, ArgumentSerializer serializer) =>
        Write(data, serializer, static (_, _) => true);

    public static IDictionary<string, object?> Read(JsonPayload payload, ArgumentSerializer serializer)
    {
        var attachments = payload.CopyAttachments();
        var data = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var property in serializer.Read<JsonElement>(payload.Json.Span, []).EnumerateObject())
            data[property.Name] = FindAttachment(property.Value, attachments) ?? (object)property.Value;
        return data;
    }

    public static T? Read<T>(JsonElement element, JsonPayload? payload, ArgumentSerializer serializer) =>
        serializer.Read<T>(JsonMarshal.GetRawUtf8Value(element), payload?.CopyAttachments() ?? []);

    private static JsonPayload Write(
        IDictionary<string, object?> data, ArgumentSerializer serializer, Func<object?, ArgumentSerializer, bool> isWritten)
    {
        var packet = PacketBuilder.Start(0, serializer.Options);
        try
        {
            packet.Json.WriteStartObject();
            foreach (var (name, value) in data)
            {
                if (!isWritten(value, serializer)) continue;
                packet.Json.WritePropertyName(name);
                serializer.Write(packet, value);
            }

            packet.Json.WriteEndObject();
            return JsonPayload.From(packet);
        }
        finally
        {
            packet.Release();
        }
    }

    private static bool CanWrite(object? value, ArgumentSerializer serializer)
    {
        var packet = PacketBuilder.Start(0, serializer.Options);
        try
        {
            serializer.Write(packet, value);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
        finally
        {
            packet.Release();
        }
    }

    /// <summary>The binary value that a placeholder stands for; null for any other value.</summary>
    public static byte[]? FindAttachment(JsonElement element, ReadOnlyMemory<byte>[] attachments)
    {
        if (attachments.Length == 0 || element.ValueKind != JsonValueKind.Object) return null;
        return element.TryGetProperty("_placeholder"u8, out var mark) && mark.ValueKind == JsonValueKind.True
            && element.TryGetProperty("num"u8, out var number) && number.TryGetInt32(out var num) && (uint)num < (uint)attachments.Length
            ? attachments[num].ToArray()
            : null;
    }
}
