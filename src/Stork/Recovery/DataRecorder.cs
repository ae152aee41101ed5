using System.Text.Json;
using Microsoft.Extensions.Logging;
using Stork.Recovery.Journal;

namespace Stork.Recovery;

/// <summary>Writes the values of sessions' data down, and reads them back.</summary>
internal sealed class DataRecorder(RecoveryJournal journal, JsonSerializerOptions json, int maxBytes, ILogger logger)
{
    /// <summary>
    /// A value as JSON; null if it cannot be written. Never called under the log's lock: converters are the application's.
    /// </summary>
    public byte[]? ToJson(string name, object? value)
    {
        try
        {
            return value is null ? "null"u8.ToArray() : JsonSerializer.SerializeToUtf8Bytes(value, json.GetTypeInfo(value.GetType()));
        }
        catch (Exception exception)
        {
            // Whatever a converter throws. The session is the application's; that it lasts no longer than the process must not break it.
            Log.DataNotWritten(logger, exception, name);
            return null;
        }
    }

    /// <summary>A value as it is found after a restart, when nobody knows what type it had.</summary>
    public static object? ToValue(byte[] json)
    {
        var element = JsonElement.Parse(json);
        return element.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Number => element.TryGetInt64(out var whole) ? (object)whole : element.GetDouble(),
            _ => element,
        };
    }

    /// <summary>A value was set. The caller holds the log's lock.</summary>
    public void Set(Session session, string name, byte[]? value)
    {
        if (session.IsOver) return;
        var isWritable = value is not null && session.Stored.SizeWith(name, value) <= maxBytes;
        Write(session, name, isWritable ? DataState.Json : DataState.Unwritable, isWritable ? value : null);
    }

    /// <summary>A value was removed. The caller holds the log's lock.</summary>
    public void Remove(Session session, string name)
    {
        if (!session.IsOver) Write(session, name, DataState.Removed, json: null);
    }

    private void Write(Session session, string name, DataState state, byte[]? json)
    {
        session.Stored.Set(name, state, json);
        journal.WriteData(session, name, state, json);
    }
}
