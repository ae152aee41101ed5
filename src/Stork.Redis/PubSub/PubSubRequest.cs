using Stork.Redis.Wire;

namespace Stork.Redis.PubSub;

/// <summary>What comes on the channel of requests, read as far as it says what kind of request it is.</summary>
/// <param name="Type">What is asked.</param>
/// <param name="ServerId">Who asks; empty for processes that only emit.</param>
/// <param name="RequestId">What an answer bears; null if none is wanted.</param>
/// <param name="Fields">All of it.</param>
internal sealed record PubSubRequest(RequestType Type, string ServerId, string? RequestId, BusFields Fields)
{
    /// <summary>Who asks without a name, as servers of former versions do: the answer goes to all.</summary>
    public const string Nameless = "?";

    /// <summary>Characters of the ids of servers and requests, which go into the answer and the name of its channel.</summary>
    private const int LongestId = 256;

    public static PubSubRequest Read(ReadOnlyMemory<byte> bytes, int maxDepth, int maxSize)
    {
        var fields = BusFields.Read(bytes, maxDepth, maxSize);
        var type = fields.FindWhole("type") ?? throw new FormatException("A request has no type.");
        var requestId = fields.FindText("requestId");
        var serverId = fields.FindText("uid") ?? (requestId is null ? "" : Nameless);
        if (serverId.Length > LongestId || requestId?.Length > LongestId)
            throw new FormatException($"An id is longer than {LongestId} characters.");
        return new PubSubRequest((RequestType)type, serverId, requestId, fields);
    }

    /// <summary>Whether it is a join, leave or disconnect in its former shape, of one socket: the server that has it answers.</summary>
    public bool IsForOneSocket =>
        Type is RequestType.RemoteJoin or RequestType.RemoteLeave or RequestType.RemoteDisconnect && Fields.Find("opts") is null;

    /// <summary>The message that adapters know.</summary>
    /// <returns>Null for kinds that have none.</returns>
    /// <exception cref="FormatException">A part is missing, or not what it should be.</exception>
    public ClusterMessage? ToMessage() => Type switch
    {
        RequestType.RemoteJoin => new ClusterJoin { ServerId = ServerId, Options = ReadOptions(), Rooms = ReadRooms() },
        RequestType.RemoteLeave => new ClusterLeave { ServerId = ServerId, Options = ReadOptions(), Rooms = ReadRooms() },
        RequestType.RemoteDisconnect => new ClusterDisconnect
        {
            ServerId = ServerId,
            Options = ReadOptions(),
            Close = Fields.FindBoolean("close") ?? false,
        },
        RequestType.RemoteFetch => new ClusterFetchSockets { ServerId = ServerId, Options = ReadOptions(), RequestId = RequireRequestId() },
        RequestType.ServerSideEmit => new ClusterServerEvent
        {
            ServerId = ServerId,
            Event = Fields.Find("data") ?? throw Missing("data"),
            RequestId = RequestId,
        },
        RequestType.Broadcast => new ClusterBroadcast
        {
            ServerId = ServerId,
            Options = ReadOptions(),
            Event = Fields.FindObject("packet")?.Find("data") ?? throw Missing("packet"),
            RequestId = RequireRequestId(),
        },
        _ => null,
    };

    private static FormatException Missing(string name) => new($"{name} is missing.");

    private string RequireRequestId() => RequestId ?? throw Missing("requestId");

    private BroadcastOptions ReadOptions()
    {
        if (!IsForOneSocket) return OptionsFormat.Read(Fields.FindObject("opts") ?? throw Missing("opts"));
        return new BroadcastOptions { Rooms = [Fields.FindText("sid") ?? throw Missing("sid")] };
    }

    private string[] ReadRooms() => IsForOneSocket ? [Fields.FindText("room") ?? throw Missing("room")] : Fields.ReadTexts("rooms");
}
