using Stork.Redis.Wire;

namespace Stork.Redis.ClusterMessages;

/// <summary>A message that has come, read as far as it says what kind it is and who sent it; <see cref="ClusterMessageFormat"/> shows its
/// form.</summary>
/// <param name="Type">What kind; may be none that there is.</param>
/// <param name="ServerId">Who sent it; empty for a process that gives no name.</param>
/// <param name="Data">What is in it; null if it has none.</param>
/// <param name="MaxDepth">How deep the JSON of applications may be.</param>
internal sealed record ReceivedMessage(ClusterMessageType Type, string ServerId, BusFields? Data, int MaxDepth)
{
    /// <summary>What an answer answers, or what answers to it will bear; null if it has none.</summary>
    public string? RequestId => Data?.FindText("requestId");

    /// <summary>Whether somebody has to have asked for it.</summary>
    public bool IsAnswer => Type is ClusterMessageType.FetchSocketsResponse or ClusterMessageType.ServerSideEmitResponse
        or ClusterMessageType.BroadcastClientCount or ClusterMessageType.BroadcastAck;

    /// <summary>Whether it only says that a server is there or leaves, as adapters do that have no other way to count servers.</summary>
    public bool IsOfMembership =>
        Type is ClusterMessageType.InitialHeartbeat or ClusterMessageType.Heartbeat or ClusterMessageType.AdapterClose;

    /// <summary>Reads a whole message.</summary>
    /// <param name="bytes">The message; must not change any more.</param>
    /// <param name="nsp">The namespace in whose channel it was; messages may leave it out, since the channel says it.</param>
    /// <param name="maxDepth">How deep the JSON of applications may be.</param>
    /// <param name="maxSize">Bytes of the JSON that becomes of MessagePack.</param>
    /// <returns>Null for a message of another namespace: the name of a room may make the same channel of it.</returns>
    public static ReceivedMessage? Read(ReadOnlyMemory<byte> bytes, string nsp, int maxDepth, int maxSize)
    {
        var fields = BusFields.Read(bytes, maxDepth, maxSize);
        if (fields.FindText("nsp") is { } named && named != nsp) return null;
        var type = fields.FindWhole("type") ?? throw new FormatException("A message has no type.");
        return new ReceivedMessage((ClusterMessageType)type, fields.FindText("uid") ?? "", fields.FindObject("data"), maxDepth);
    }

    /// <summary>The message that adapters know, where it concerns this server.</summary>
    /// <param name="serverId">This server: what it has said itself is none.</param>
    /// <param name="isAwaited">Whether an answer to that request is: others are not read any further.</param>
    /// <returns>Null for what does not concern it, and for kinds that are none of an adapter without heartbeats.</returns>
    public ClusterMessage? ToMessageFor(string serverId, Func<string, bool> isAwaited)
    {
        if (ServerId == serverId || IsOfMembership) return null;
        return IsAnswer && !(RequestId is { } requestId && isAwaited(requestId)) ? null : ToMessage();
    }

    /// <summary>The message that adapters know.</summary>
    /// <returns>Null for kinds that there are not.</returns>
    /// <exception cref="FormatException">A part is missing, or not what it should be.</exception>
    public ClusterMessage? ToMessage() => Type switch
    {
        ClusterMessageType.InitialHeartbeat => new ClusterHello { ServerId = ServerId },
        ClusterMessageType.Heartbeat => new ClusterHeartbeat { ServerId = ServerId },
        ClusterMessageType.AdapterClose => new ClusterGoodbye { ServerId = ServerId },
        ClusterMessageType.Broadcast => new ClusterBroadcast
        {
            ServerId = ServerId,
            Options = ReadOptions(),
            Event = RequireData().FindObject("packet")?.Find("data") ?? throw Missing("packet"),
            RequestId = RequestId,
        },
        ClusterMessageType.SocketsJoin => new ClusterJoin { ServerId = ServerId, Options = ReadOptions(), Rooms = ReadRooms() },
        ClusterMessageType.SocketsLeave => new ClusterLeave { ServerId = ServerId, Options = ReadOptions(), Rooms = ReadRooms() },
        ClusterMessageType.DisconnectSockets => new ClusterDisconnect
        {
            ServerId = ServerId,
            Options = ReadOptions(),
            Close = RequireData().FindBoolean("close") ?? false,
        },
        ClusterMessageType.FetchSockets =>
            new ClusterFetchSockets { ServerId = ServerId, Options = ReadOptions(), RequestId = RequireRequestId() },
        ClusterMessageType.FetchSocketsResponse => new ClusterSocketsFetched
        {
            ServerId = ServerId,
            RequestId = RequireRequestId(),
            Sockets = SocketFormat.ReadAll(RequireData(), MaxDepth),
        },
        ClusterMessageType.ServerSideEmit => new ClusterServerEvent
        {
            ServerId = ServerId,
            Event = RequireData().Find("packet") ?? throw Missing("packet"),
            RequestId = RequestId,
        },
        ClusterMessageType.ServerSideEmitResponse =>
            new ClusterServerAnswer { ServerId = ServerId, RequestId = RequireRequestId(), Value = ReadValue() },
        ClusterMessageType.BroadcastClientCount => new ClusterClientCount
        {
            ServerId = ServerId,
            RequestId = RequireRequestId(),
            Count = RequireData().FindWhole("clientCount") ?? throw Missing("clientCount"),
        },
        ClusterMessageType.BroadcastAck =>
            new ClusterClientAnswer { ServerId = ServerId, RequestId = RequireRequestId(), Value = ReadValue() },
        _ => null,
    };

    private static FormatException Missing(string name) => new($"{name} is missing.");

    private BusFields RequireData() => Data ?? throw Missing("data");

    private string RequireRequestId() => RequestId ?? throw Missing("requestId");

    private BroadcastOptions ReadOptions() => OptionsFormat.Read(RequireData().FindObject("opts") ?? throw Missing("opts"));

    private string[] ReadRooms() => RequireData().ReadTexts("rooms");

    /// <summary>What is undefined in JavaScript is left out.</summary>
    private JsonPayload ReadValue() => RequireData().Find("packet") ?? new JsonPayload("null"u8.ToArray());
}
