using System.Text.Json;
using Stork.Redis.Wire;

namespace Stork.Redis.PubSub;

/// <summary>Requests and answers as bytes: JSON, as official servers write them, or MessagePack where there is binary data, which they read
/// as well.</summary>
internal sealed class RequestFormat(int maxDepth)
{
    private readonly BusObjectWriter _objects = new(maxDepth);

    /// <summary>Writes a request.</summary>
    /// <exception cref="NotSupportedException">The format has no such request.</exception>
    public ReadOnlyMemory<byte> Write(ClusterMessage message) => message switch
    {
        ClusterJoin it => _objects.Write([], json => WriteRequest(json, it, RequestType.RemoteJoin, it.Options, it.Rooms)),
        ClusterLeave it => _objects.Write([], json => WriteRequest(json, it, RequestType.RemoteLeave, it.Options, it.Rooms)),
        ClusterDisconnect it => _objects.Write([], json =>
        {
            WriteRequest(json, it, RequestType.RemoteDisconnect, it.Options);
            json.WriteBoolean("close"u8, it.Close);
        }),
        ClusterFetchSockets it => _objects.Write([], json =>
            WriteRequest(json, it, RequestType.RemoteFetch, it.Options, requestId: it.RequestId)),
        ClusterServerEvent it => _objects.Write(it.Event.Attachments, json =>
        {
            WriteRequest(json, it, RequestType.ServerSideEmit, requestId: it.RequestId);
            BusObjectWriter.WritePayload(json, "data"u8, it.Event);
        }),
        _ => throw new NotSupportedException($"There is no request for {message.Type}."),
    };

    /// <summary>Writes an answer.</summary>
    /// <exception cref="NotSupportedException">The format has no such answer.</exception>
    public ReadOnlyMemory<byte> WriteAnswer(ClusterMessage message) => message switch
    {
        ClusterSocketsFetched it => WriteSockets(it),
        ClusterServerAnswer it => _objects.Write(it.Value.Attachments, json =>
        {
            WriteType(json, RequestType.ServerSideEmit);
            json.WriteString("requestId"u8, it.RequestId);
            BusObjectWriter.WritePayload(json, "data"u8, it.Value);
        }),
        ClusterClientCount it => _objects.Write([], json =>
        {
            WriteType(json, RequestType.BroadcastClientCount);
            json.WriteString("requestId"u8, it.RequestId);
            json.WriteNumber("clientCount"u8, it.Count);
        }),
        ClusterClientAnswer it => _objects.WritePacked(it.Value.Attachments, json =>
        {
            WriteType(json, RequestType.BroadcastAck);
            json.WriteString("requestId"u8, it.RequestId);
            BusObjectWriter.WritePayload(json, "packet"u8, it.Value);
        }),
        _ => throw new NotSupportedException($"There is no answer for {message.Type}."),
    };

    /// <summary>Asks for the rooms of all servers.</summary>
    public ReadOnlyMemory<byte> WriteAllRooms(string serverId, string requestId) => _objects.Write([], json =>
    {
        json.WriteString("uid"u8, serverId);
        json.WriteString("requestId"u8, requestId);
        WriteType(json, RequestType.AllRooms);
    });

    /// <summary>An answer that is a list of names, of rooms or sockets; none at all where it only says that something was done.</summary>
    public ReadOnlyMemory<byte> WriteNames(string requestId, string? member = null, IEnumerable<string>? names = null) =>
        _objects.Write([], json =>
        {
            json.WriteString("requestId"u8, requestId);
            if (member is not null) BusObjectWriter.WriteTexts(json, member, names ?? []);
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
            BusObjectWriter.WriteTexts(json, "rooms", options.Rooms);
            BusObjectWriter.WriteTexts(json, "except", options.Except);
            json.WriteEndObject();
        }

        if (rooms is not null) BusObjectWriter.WriteTexts(json, "rooms", rooms);
    }

    private static void WriteType(Utf8JsonWriter json, RequestType type) => json.WriteNumber("type"u8, (int)type);

    private ReadOnlyMemory<byte> WriteSockets(ClusterSocketsFetched fetched)
    {
        var attachments = new AttachmentList();
        var sockets = attachments.AddAll(fetched.Sockets);
        return _objects.Write(
            attachments.All,
            json =>
            {
                json.WriteString("requestId"u8, fetched.RequestId);
                SocketFormat.WriteAll(json, sockets);
            },
            sockets.Count);
    }
}
