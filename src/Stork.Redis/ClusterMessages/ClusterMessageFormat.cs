using System.Text.Json;
using Stork.Redis.Wire;

namespace Stork.Redis.ClusterMessages;

/// <summary>Messages between servers as the cluster adapters of <c>socket.io-adapter</c> write them; what reads them is
/// <see cref="ReceivedMessage"/>.</summary>
/// <remarks>
/// <code>
/// { type, data: { … }, uid, nsp }
/// </code>
/// The packet in it bears no namespace, and what only says that a server is there has no data. JSON, or MessagePack where there is binary
/// data.
/// </remarks>
internal sealed class ClusterMessageFormat(string nsp, int maxDepth)
{
    private const int EventType = 2;

    private readonly BusObjectWriter _objects = new(maxDepth);

    /// <summary>Writes a whole message.</summary>
    public ReadOnlyMemory<byte> Write(ClusterMessage message)
    {
        var attachments = Collect(ref message);
        return _objects.Write(attachments, json => WriteAll(json, message));
    }

    /// <summary>Writes a whole message as MessagePack, binary data or not.</summary>
    public ReadOnlyMemory<byte> WritePacked(ClusterMessage message)
    {
        var attachments = Collect(ref message);
        return _objects.WritePacked(attachments, json => WriteAll(json, message));
    }

    /// <summary>Writes the data of a message alone, for a bus that has places of its own for the rest.</summary>
    public ReadOnlyMemory<byte> WriteData(ClusterMessage message)
    {
        var attachments = Collect(ref message);
        return _objects.Write(attachments, json => WriteMembers(json, message));
    }

    /// <summary>The binary data of a message; where they are of many sockets, the placeholders in the message are numbered anew.</summary>
    private static IReadOnlyList<ReadOnlyMemory<byte>> Collect(ref ClusterMessage message)
    {
        switch (message)
        {
            case ClusterBroadcast broadcast:
                return broadcast.Event.Attachments;
            case ClusterServerEvent serverEvent:
                return serverEvent.Event.Attachments;
            case ClusterServerAnswer answer:
                return answer.Value.Attachments;
            case ClusterClientAnswer answer:
                return answer.Value.Attachments;
            case ClusterSocketsFetched fetched:
                var attachments = new AttachmentList();
                message = fetched with { Sockets = attachments.AddAll(fetched.Sockets) };
                return attachments.All;
            default:
                return [];
        }
    }

    private void WriteAll(Utf8JsonWriter json, ClusterMessage message)
    {
        json.WriteNumber("type"u8, (int)message.Type);
        if (message is not (ClusterHello or ClusterHeartbeat or ClusterGoodbye))
        {
            json.WriteStartObject("data"u8);
            WriteMembers(json, message);
            json.WriteEndObject();
        }

        json.WriteString("uid"u8, message.ServerId);
        json.WriteString("nsp"u8, nsp);
    }

    private static void WriteMembers(Utf8JsonWriter json, ClusterMessage message)
    {
        switch (message)
        {
            case ClusterBroadcast broadcast:
                json.WriteStartObject("packet"u8);
                json.WriteNumber("type"u8, EventType);
                BusObjectWriter.WritePayload(json, "data"u8, broadcast.Event);
                json.WriteEndObject();
                WriteRequestId(json, broadcast.RequestId);
                OptionsFormat.Write(json, broadcast.Options);
                break;
            case ClusterJoin join:
                OptionsFormat.Write(json, join.Options);
                BusObjectWriter.WriteTexts(json, "rooms", join.Rooms);
                break;
            case ClusterLeave leave:
                OptionsFormat.Write(json, leave.Options);
                BusObjectWriter.WriteTexts(json, "rooms", leave.Rooms);
                break;
            case ClusterDisconnect disconnect:
                OptionsFormat.Write(json, disconnect.Options);
                json.WriteBoolean("close"u8, disconnect.Close);
                break;
            case ClusterFetchSockets fetch:
                OptionsFormat.Write(json, fetch.Options);
                WriteRequestId(json, fetch.RequestId);
                break;
            case ClusterSocketsFetched fetched:
                WriteRequestId(json, fetched.RequestId);
                SocketFormat.WriteAll(json, fetched.Sockets);
                break;
            case ClusterServerEvent serverEvent:
                WriteRequestId(json, serverEvent.RequestId);
                BusObjectWriter.WritePayload(json, "packet"u8, serverEvent.Event);
                break;
            case ClusterServerAnswer answer:
                WriteRequestId(json, answer.RequestId);
                BusObjectWriter.WritePayload(json, "packet"u8, answer.Value);
                break;
            case ClusterClientCount count:
                WriteRequestId(json, count.RequestId);
                json.WriteNumber("clientCount"u8, count.Count);
                break;
            case ClusterClientAnswer answer:
                WriteRequestId(json, answer.RequestId);
                BusObjectWriter.WritePayload(json, "packet"u8, answer.Value);
                break;
        }
    }

    private static void WriteRequestId(Utf8JsonWriter json, string? requestId)
    {
        if (requestId is not null) json.WriteString("requestId"u8, requestId);
    }
}
