using System.Text.Json;

namespace Stork.Redis.Wire;

/// <summary>Which sockets are meant, as all official formats say it:
/// <c>{ rooms, except, flags: { volatile, compress, timeout } }</c>.</summary>
internal static class OptionsFormat
{
    /// <summary>Reads what is there; all of it may be missing.</summary>
    public static BroadcastOptions Read(BusFields options)
    {
        // To PHP, an object without members is a list.
        var flags = options.IsArray("flags") ? null : options.FindObject("flags");
        return new BroadcastOptions
        {
            Rooms = options.ReadTexts("rooms"),
            Except = options.ReadTexts("except"),
            Volatile = flags?.FindBoolean("volatile") ?? false,
            Compress = flags?.FindBoolean("compress") ?? true,
            Timeout = ReadTimeout(flags?.FindNumber("timeout")),
        };
    }

    /// <summary>Writes the member <c>opts</c>; flags are written where they are not as usual.</summary>
    public static void Write(Utf8JsonWriter json, BroadcastOptions options)
    {
        json.WriteStartObject("opts"u8);
        BusObjectWriter.WriteTexts(json, "rooms", options.Rooms);
        BusObjectWriter.WriteTexts(json, "except", options.Except);
        json.WriteStartObject("flags"u8);
        if (options.Volatile) json.WriteBoolean("volatile"u8, value: true);
        if (!options.Compress) json.WriteBoolean("compress"u8, value: false);
        if (options.Timeout is { } timeout) json.WriteNumber("timeout"u8, (long)timeout.TotalMilliseconds);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Whether whoever asks waits for ever, no more than a day is believed.</summary>
    private static TimeSpan? ReadTimeout(double? milliseconds) => milliseconds switch
    {
        null => null,
        > 0 => TimeSpan.FromMilliseconds(Math.Min(milliseconds.Value, TimeSpan.FromDays(1).TotalMilliseconds)),
        _ => TimeSpan.Zero,
    };
}
