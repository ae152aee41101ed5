using System.Runtime.InteropServices;
using System.Text.Json;
using Stork.SocketIO.Clustering;
using Stork.Wire;

namespace Stork.Recovery.Shared;

/// <summary>The application's data of a socket on its way to another server and back.</summary>
internal static class SharedData
{
    public static JsonPayload Empty { get; } = new("{}"u8.ToArray());

    /// <summary>The data as JSON; null if some of it cannot be written, or it is too much: its session is not kept then.</summary>
    public static JsonPayload? TryWrite(IDictionary<string, object?> data, SocketIOServer server, int maxBytes)
    {
        try
        {
            var written = SocketDataText.WriteAll(data, server.Serializer);
            return written.Length <= maxBytes ? written : null;
        }
        catch (Exception exception)
        {
            // Converters are the application's, and may throw anything.
            Log.DataNotWritten(server.Logger, exception, "?");
            return null;
        }
    }

    /// <summary>Puts values back, as they are found when nobody knows what type they had. What is there already is newer.</summary>
    public static void Restore(JsonPayload payload, WatchedData data, ArgumentSerializer serializer)
    {
        var attachments = payload.CopyAttachments();
        var root = serializer.Read<JsonElement>(payload.Json.Span, []);
        if (root.ValueKind != JsonValueKind.Object) return;
        foreach (var property in root.EnumerateObject())
        {
            var binary = SocketDataText.FindAttachment(property.Value, attachments);
            data.Restore(property.Name, binary ?? DataRecorder.ToValue(JsonMarshal.GetRawUtf8Value(property.Value).ToArray()));
        }
    }
}
