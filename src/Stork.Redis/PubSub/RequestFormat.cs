using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nerdbank.MessagePack;
using Stork.Redis.Wire;

namespace Stork.Redis.PubSub;

/// <summary>Requests and answers as bytes: JSON, as official servers write them, or MessagePack where there is binary data, which they read
/// as well.</summary>
internal sealed class RequestFormat(int maxDepth)
{
    private static readonly JsonWriterOptions WriterOptions =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes a request.</summary>
    /// <exception cref="NotSupportedException">The format has no such request.</exception>
    public ReadOnlyMemory<byte> Write(ClusterMessage message) => message switch
    {
        ClusterJoin it => WriteObject([], json => WriteRequest(json, it, RequestType.RemoteJoin, it.Options, it.Rooms)),
        ClusterLeave it => WriteObject([], json => WriteRequest(json, it, RequestType.RemoteLeave, it.Options, it.Rooms)),
        ClusterDisconnect it => WriteObject([], json =>
        {
            WriteRequest(json, it, RequestType.RemoteDisconnect, it.Options);
            json.WriteBoolean("close"u8, it.Close);
        }),
        ClusterFetchSockets it => WriteObject([], json =>
            WriteRequest(json, it, RequestType.RemoteFetch, it.Options, requestId: it.RequestId)),
        ClusterServerEvent it => WriteObject(it.Event.Attachments, json =>
        {
            WriteRequest(json, it, RequestType.ServerSideEmit, requestId: it.RequestId);
            WritePayload(json, "data"u8, it.Event);
        }),
        _ => throw new NotSupportedException($"There is no request for {message.Type}."),
    };

    /// <summary>Writes an answer.</summary>
    /// <exception cref="NotSupportedException">The format has no such answer.</exception>
    public ReadOnlyMemory<byte> WriteAnswer(ClusterMessage message) => message switch
    {
        ClusterSocketsFetched it => WriteSockets(it),
        ClusterServerAnswer it => WriteObject(it.Value.Attachments, json =>
        {
            WriteType(json, RequestType.ServerSideEmit);
            json.WriteString("requestId"u8, it.RequestId);
            WritePayload(json, "data"u8, it.Value);
        }),
        ClusterClientCount it => WriteObject([], json =>
        {
            WriteType(json, RequestType.BroadcastClientCount);
            json.WriteString("requestId"u8, it.RequestId);
            json.WriteNumber("clientCount"u8, it.Count);
        }),
        ClusterClientAnswer it => WritePacked(it.Value.Attachments, json =>
        {
            WriteType(json, RequestType.BroadcastAck);
            json.WriteString("requestId"u8, it.RequestId);
            WritePayload(json, "packet"u8, it.Value);
        }),
        _ => throw new NotSupportedException($"There is no answer for {message.Type}."),
    };

    /// <summary>Asks for the rooms of all servers.</summary>
    public ReadOnlyMemory<byte> WriteAllRooms(string serverId, string requestId) => WriteObject([], json =>
    {
        json.WriteString("uid"u8, serverId);
        json.WriteString("requestId"u8, requestId);
        WriteType(json, RequestType.AllRooms);
    });

    /// <summary>An answer that is a list of names, of rooms or sockets; none at all where it only says that something was done.</summary>
    public ReadOnlyMemory<byte> WriteNames(string requestId, string? member = null, IEnumerable<string>? names = null) =>
        WriteObject([], json =>
        {
            json.WriteString("requestId"u8, requestId);
            if (member is not null) WriteTexts(json, member, names ?? []);
        });

    private static void WriteRequest(
        Utf8JsonWriter json,
        ClusterMessage message,
        RequestType type,
        BroadcastOptions? options = null,
        IReadOnlyList<string>? rooms = null,
        string? requestId = null)
    {
        if (message.ServerId.Length > 0) json.WriteString("uid"u8, message.ServerId);
        if (requestId is not null) json.WriteString("requestId"u8, requestId);
        WriteType(json, type);
        if (options is not null)
        {
            json.WriteStartObject("opts"u8);
            WriteTexts(json, "rooms", options.Rooms);
            WriteTexts(json, "except", options.Except);
            json.WriteEndObject();
        }

        if (rooms is not null) WriteTexts(json, "rooms", rooms);
    }

    private static void WriteType(Utf8JsonWriter json, RequestType type) => json.WriteNumber("type"u8, (int)type);

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WritePayload(Utf8JsonWriter json, ReadOnlySpan<byte> name, JsonPayload payload)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(payload.Json.Span, skipInputValidation: true);
    }

    private static ReadOnlyMemory<byte> WriteJson(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, WriterOptions);
        json.WriteStartObject();
        writeMembers(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private ReadOnlyMemory<byte> WriteSockets(ClusterSocketsFetched fetched)
    {
        var attachments = new AttachmentList();
        var sockets = fetched.Sockets.Select(socket => socket with { Data = attachments.Add(socket.Data) }).ToList();
        return WriteObject(attachments.All, json =>
        {
            json.WriteString("requestId"u8, fetched.RequestId);
            json.WriteStartArray("sockets"u8);
            foreach (var socket in sockets) SocketFormat.Write(json, socket);
            json.WriteEndArray();
        });
    }

    private ReadOnlyMemory<byte> WriteObject(IReadOnlyList<ReadOnlyMemory<byte>> attachments, Action<Utf8JsonWriter> writeMembers) =>
        attachments.Count == 0 ? WriteJson(writeMembers) : WritePacked(attachments, writeMembers);

    private ReadOnlyMemory<byte> WritePacked(IReadOnlyList<ReadOnlyMemory<byte>> attachments, Action<Utf8JsonWriter> writeMembers)
    {
        const int LevelsAround = 8;
        var payload = new JsonPayload(WriteJson(writeMembers), attachments);
        var buffer = new ArrayBufferWriter<byte>(payload.Json.Length);
        var writer = new MessagePackWriter(buffer);
        JsonToMessagePack.Write(ref writer, payload, maxDepth + LevelsAround);
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
