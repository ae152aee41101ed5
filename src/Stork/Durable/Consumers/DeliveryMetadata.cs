namespace Stork;

/// <summary>Whether a client is told about the message besides its event and arguments.</summary>
public enum DeliveryMetadata
{
    /// <summary>The event arrives exactly as it was emitted. The default.</summary>
    None = 0,

    /// <summary>
    /// One more argument at the end, before the callback: <c>{ id, queue, seq, attempt, redelivered, key, enqueuedAt }</c>; <c>key</c> only
    /// where there is one. Handlers of the client have to expect it.
    /// </summary>
    Trailing = 1,
}
