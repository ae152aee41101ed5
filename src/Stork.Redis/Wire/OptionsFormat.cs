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

    /// <summary>Whether whoever asks waits for ever, no more than a day is believed.</summary>
    private static TimeSpan? ReadTimeout(double? milliseconds) => milliseconds switch
    {
        null => null,
        > 0 => TimeSpan.FromMilliseconds(Math.Min(milliseconds.Value, TimeSpan.FromDays(1).TotalMilliseconds)),
        _ => TimeSpan.Zero,
    };
}
