namespace Stork.Protocol;

/// <summary>
/// The event names that no peer may send, because they mean something inside clients and servers: <c>connect</c>, <c>connect_error</c>,
/// <c>disconnect</c>, <c>disconnecting</c>, <c>newListener</c>, <c>removeListener</c> (those of socket.io-parser 4.2.7).
/// </summary>
public static class ReservedEvents
{
    /// <summary>Whether a name is reserved.</summary>
    /// <param name="eventName">The name in UTF-8, free of JSON escapes.</param>
    /// <returns>True when it is; case matters.</returns>
    public static bool Contains(ReadOnlySpan<byte> eventName) => eventName.Length switch
    {
        7 => eventName.SequenceEqual("connect"u8),
        10 => eventName.SequenceEqual("disconnect"u8),
        11 => eventName.SequenceEqual("newListener"u8),
        13 => eventName.SequenceEqual("connect_error"u8) || eventName.SequenceEqual("disconnecting"u8),
        14 => eventName.SequenceEqual("removeListener"u8),
        _ => false,
    };

    /// <summary>Whether a name is reserved.</summary>
    /// <param name="eventName">The name.</param>
    /// <returns>True when it is; case matters.</returns>
    public static bool Contains(string eventName)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        return eventName is "connect" or "connect_error" or "disconnect" or "disconnecting" or "newListener" or "removeListener";
    }
}
