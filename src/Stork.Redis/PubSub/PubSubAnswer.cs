using Stork.Redis.Wire;

namespace Stork.Redis.PubSub;

/// <summary>What comes on the channels of answers. They say neither who answers nor, most of them, what kind of answer it is: that shows in
/// what they hold.</summary>
/// <param name="RequestId">Which request it answers.</param>
/// <param name="Fields">All of it.</param>
/// <param name="MaxDepth">How deep the JSON of applications may be.</param>
internal sealed record PubSubAnswer(string RequestId, BusFields Fields, int MaxDepth)
{
    /// <summary>Reads an answer.</summary>
    /// <returns>Null for one that bears no id: nobody can have asked.</returns>
    public static PubSubAnswer? Read(ReadOnlyMemory<byte> bytes, int maxDepth, int maxSize)
    {
        var fields = BusFields.Read(bytes, maxDepth, maxSize);
        return fields.FindText("requestId") is { } requestId ? new PubSubAnswer(requestId, fields, maxDepth) : null;
    }

    /// <summary>The names of rooms; null if it is another answer.</summary>
    public string[]? FindRooms() => Fields.IsArray("rooms") ? Fields.ReadTexts("rooms") : null;

    /// <summary>The message that adapters know.</summary>
    /// <returns>Null for kinds that have none.</returns>
    public ClusterMessage? ToMessage()
    {
        if (Fields.IsArray("sockets"))
            return new ClusterSocketsFetched { RequestId = RequestId, Sockets = SocketFormat.ReadAll(Fields, MaxDepth) };

        return (RequestType?)Fields.FindWhole("type") switch
        {
            RequestType.ServerSideEmit => new ClusterServerAnswer { RequestId = RequestId, Value = ReadValue("data") },
            RequestType.BroadcastClientCount => new ClusterClientCount
            {
                RequestId = RequestId,
                Count = Fields.FindWhole("clientCount") ?? throw new FormatException("clientCount is missing."),
            },
            RequestType.BroadcastAck => new ClusterClientAnswer { RequestId = RequestId, Value = ReadValue("packet") },
            _ => null,
        };
    }

    /// <summary>What is undefined in JavaScript is left out.</summary>
    private JsonPayload ReadValue(string name) => Fields.Find(name) ?? new JsonPayload("null"u8.ToArray());
}
