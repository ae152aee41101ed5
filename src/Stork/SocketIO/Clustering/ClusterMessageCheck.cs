namespace Stork.SocketIO.Clustering;

/// <summary>What is true of every message that is handled, whoever wrote it on the bus.</summary>
internal static class ClusterMessageCheck
{
    /// <summary>Characters of the ids of servers and requests.</summary>
    private const int LongestId = 256;

    /// <summary>Binary values of data that clients never get.</summary>
    private const int MostAttachments = 10_000;

    public static void Run(ClusterMessage message, ProtocolLimits limits, int maxSize)
    {
        CheckId(message.ServerId);
        switch (message)
        {
            case ClusterBroadcast broadcast:
                if (broadcast.RequestId is not null) CheckId(broadcast.RequestId);
                CheckOptions(broadcast.Options);
                CheckSize(broadcast.Event, maxSize);
                break;
            case ClusterJoin join:
                CheckOptions(join.Options);
                CheckRooms(join.Rooms);
                break;
            case ClusterLeave leave:
                CheckOptions(leave.Options);
                CheckRooms(leave.Rooms);
                break;
            case ClusterDisconnect disconnect:
                CheckOptions(disconnect.Options);
                break;
            case ClusterFetchSockets fetch:
                CheckId(fetch.RequestId);
                CheckOptions(fetch.Options);
                break;
            case ClusterSocketsFetched fetched:
                CheckId(fetched.RequestId);
                foreach (var socket in fetched.Sockets ?? throw Missing()) CheckSocket(socket, limits, maxSize);
                break;
            case ClusterServerEvent serverEvent:
                if (serverEvent.RequestId is not null) CheckId(serverEvent.RequestId);
                CheckSize(serverEvent.Event, maxSize);
                break;
            case ClusterServerAnswer answer:
                CheckId(answer.RequestId);
                CheckSize(answer.Value, maxSize).CheckValue(limits);
                break;
            case ClusterClientCount count:
                CheckId(count.RequestId);
                if (count.Count < 0) throw new FormatException("A number of sockets is negative.");
                break;
            case ClusterClientAnswer answer:
                CheckId(answer.RequestId);
                CheckSize(answer.Value, maxSize).CheckValue(limits);
                break;
        }
    }

    private static void CheckId(string? id)
    {
        if (id is null || id.Length > LongestId) throw new FormatException($"An id is missing or longer than {LongestId} characters.");
    }

    private static void CheckOptions(BroadcastOptions? options)
    {
        if (options is null) throw Missing();
        CheckRooms(options.Rooms);
        CheckRooms(options.Except);
    }

    private static void CheckRooms(IReadOnlyList<string>? rooms)
    {
        foreach (var room in rooms ?? throw Missing())
        {
            if (room is null) throw Missing();
        }
    }

    private static void CheckSocket(ClusterSocket? socket, ProtocolLimits limits, int maxSize)
    {
        if (socket is null) throw Missing();
        CheckId(socket.Id);
        CheckRooms(socket.Rooms);
        CheckSize(socket.Data, maxSize).CheckObject(limits);
        if (socket.ReadyHandshake is not { } handshake) return;
        if (handshake.Headers is null || handshake.Url is null) throw Missing();
        if (!handshake.Auth.IsEmpty) new JsonPayload(handshake.Auth).CheckObject(limits);
    }

    private static JsonPayload CheckSize(JsonPayload? payload, int maxSize)
    {
        if (payload is null) throw Missing();
        if (payload.Attachments.Count > MostAttachments || payload.Length > maxSize)
            throw new FormatException("What it carries is too large.");
        return payload;
    }

    private static FormatException Missing() => new("A part of the message is missing.");
}
