using System.Text.Json;

namespace Stork.Redis.Tests.Fuzzing;

/// <summary>What is in a message, as one text.</summary>
internal static class BusTexts
{
    public static string Describe(ClusterMessage message) => message switch
    {
        ClusterBroadcast it =>
            $"{Head(it)} {it.RequestId} {Describe(it.Options)} {it.Options.Volatile} {it.Options.Compress} {Describe(it.Event)}",
        ClusterJoin it => $"{Head(it)} {Describe(it.Options)} [{List(it.Rooms)}]",
        ClusterLeave it => $"{Head(it)} {Describe(it.Options)} [{List(it.Rooms)}]",
        ClusterDisconnect it => $"{Head(it)} {Describe(it.Options)} {it.Close}",
        ClusterFetchSockets it => $"{Head(it)} {it.RequestId} {Describe(it.Options)}",
        ClusterSocketsFetched it => $"{Head(it)} {it.RequestId} {string.Join(';', it.Sockets.Select(Describe))}",
        ClusterServerEvent it => $"{Head(it)} {it.RequestId} {Describe(it.Event)}",
        ClusterServerAnswer it => $"{Head(it)} {it.RequestId} {Describe(it.Value)}",
        ClusterClientCount it => $"{Head(it)} {it.RequestId} {it.Count}",
        ClusterClientAnswer it => $"{Head(it)} {it.RequestId} {Describe(it.Value)}",
        _ => Head(message),
    };

    /// <summary>Not who sent it: who has no name gets one.</summary>
    private static string Head(ClusterMessage message) => $"{message.Type}";

    private static string List(IEnumerable<string> texts) => string.Join('|', texts);

    /// <summary>Not the flags: only broadcasts have some.</summary>
    private static string Describe(BroadcastOptions options) => $"[{List(options.Rooms)}] not [{List(options.Except)}]";

    private static string Describe(ClusterSocket socket) =>
        $"{socket.Id} [{List(socket.Rooms)}] {socket.Handshake.Headers.Count} {Describe(socket.Data)}";

    /// <summary>That it is JSON, and of which kind; how the rest is spelt may change, and binary values that nothing refers to get
    /// lost.</summary>
    private static string Describe(JsonPayload payload)
    {
        using var document = JsonDocument.Parse(payload.Json, new JsonDocumentOptions { MaxDepth = 100 });
        return $"{document.RootElement.ValueKind}";
    }
}
