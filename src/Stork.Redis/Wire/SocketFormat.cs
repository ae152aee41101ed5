using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Stork.Redis.Wire;

/// <summary>A socket as servers tell each other of it: <c>{ id, handshake: { headers, time, … }, rooms, data }</c>.</summary>
internal static class SocketFormat
{
    /// <summary>Writes the member <c>sockets</c>.</summary>
    public static void WriteAll(Utf8JsonWriter json, IReadOnlyList<ClusterSocket> sockets)
    {
        json.WriteStartArray("sockets"u8);
        foreach (var socket in sockets) Write(json, socket);
        json.WriteEndArray();
    }

    /// <summary>Reads the member <c>sockets</c>.</summary>
    public static ClusterSocket[] ReadAll(BusFields fields, int maxDepth) =>
        [.. fields.ReadElements("sockets").Select(socket => Read(socket, maxDepth))];

    /// <summary>Writes a socket, in the order of the official servers.</summary>
    private static void Write(Utf8JsonWriter json, ClusterSocket socket)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, socket.Id);
        json.WritePropertyName("handshake"u8);
        WriteHandshake(json, socket.Handshake);
        json.WriteStartArray("rooms"u8);
        foreach (var room in socket.Rooms) json.WriteStringValue(room);
        json.WriteEndArray();
        json.WritePropertyName("data"u8);
        json.WriteRawValue(socket.Data.Json.Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    /// <summary>Reads a socket; of its handshake everything may be missing.</summary>
    private static ClusterSocket Read(JsonPayload payload, int maxDepth)
    {
        var fields = BusFields.Read(payload, maxDepth);
        return new ClusterSocket
        {
            Id = fields.FindText("id") ?? throw new FormatException("A socket has no id."),
            ReadHandshake = () => TryReadHandshake(fields),
            Rooms = fields.ReadTexts("rooms"),
            Data = fields.Find("data") ?? new JsonPayload("{}"u8.ToArray()),
        };
    }

    private static void WriteHandshake(Utf8JsonWriter json, HandshakeData handshake)
    {
        json.WriteStartObject();
        json.WriteStartObject("headers"u8);
        // Node.js gives them in lower case, and joins those that come more than once.
        foreach (var (name, values) in handshake.Headers)
            json.WriteString(name.ToLowerInvariant(), string.Join(IsCookie(name) ? "; " : ", ", values.ToArray()));
        json.WriteEndObject();
        json.WriteString("time"u8, Timestamps.WriteLocal(handshake.Time));
        json.WriteString("address"u8, handshake.Address?.ToString() ?? "");
        json.WriteBoolean("xdomain"u8, handshake.Headers.Keys.Any(IsOrigin));
        json.WriteBoolean("secure"u8, handshake.Secure);
        json.WriteNumber("issued"u8, handshake.Issued.ToUnixTimeMilliseconds());
        json.WriteString("url"u8, handshake.Url);
        WriteQuery(json, handshake.Url);
        json.WritePropertyName("auth"u8);
        json.WriteRawValue(handshake.Auth.IsEmpty ? "{}"u8 : handshake.Auth.Span, skipInputValidation: true);
        json.WriteEndObject();
    }

    private static void WriteQuery(Utf8JsonWriter json, string url)
    {
        json.WriteStartObject("query"u8);
        var start = url.IndexOf('?', StringComparison.Ordinal);
        foreach (var (name, values) in QueryHelpers.ParseQuery(start < 0 ? "" : url[start..]))
        {
            if (values.Count <= 1)
            {
                json.WriteString(name, values.ToString());
                continue;
            }

            json.WriteStartArray(name);
            foreach (var value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static HandshakeData TryReadHandshake(BusFields fields)
    {
        try
        {
            return fields.FindObject("handshake") is { } handshake ? ReadHandshake(handshake) : new HandshakeData();
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            return new HandshakeData();
        }
    }

    private static HandshakeData ReadHandshake(BusFields fields)
    {
        var issued = Timestamps.FromMilliseconds((long)(fields.FindNumber("issued") ?? 0)) ?? default;
        return new HandshakeData
        {
            Headers = ReadHeaders(fields.FindObject("headers")),
            Url = fields.FindText("url") ?? "",
            Address = IPAddress.TryParse(fields.FindText("address"), out var address) ? address : null,
            Secure = fields.FindBoolean("secure") ?? false,
            Time = Timestamps.ReadLocal(fields.FindText("time")) ?? issued,
            Issued = issued,
            Auth = fields.Find("auth") is { Json.Span: [(byte)'{', ..] } auth ? auth.Json : default,
        };
    }

    private static Dictionary<string, StringValues> ReadHeaders(BusFields? fields)
    {
        var headers = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in fields?.Names ?? [])
            headers[name] = fields!.IsArray(name) ? new StringValues(fields.ReadTexts(name)) : fields.FindText(name);
        return headers;
    }

    private static bool IsOrigin(string name) => name.Equals("Origin", StringComparison.OrdinalIgnoreCase);

    private static bool IsCookie(string name) => name.Equals("Cookie", StringComparison.OrdinalIgnoreCase);
}
