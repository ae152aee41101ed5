namespace Stork.EngineIO;

/// <summary>Who uses a connection: Socket.IO in the product.</summary>
internal interface IEngineListener
{
    /// <summary>A message came. Its bytes are valid until the call returns. Calls never overlap and come in the order of arrival.</summary>
    /// <exception cref="ProtocolException">The message breaks the rules; the connection is closed.</exception>
    void OnMessage(in EnginePacket packet);

    /// <summary>The connection is over; called exactly once, nothing comes after it.</summary>
    void OnClosed(DisconnectReason reason, string? details);

    /// <summary>
    /// Asked for every read on a thread that others wait for, so that it has to be quick: whether any handlers of the server belong to the
    /// pool at the moment, of this connection or of others.
    /// </summary>
    bool AreHandlersInPool => false;

    /// <summary>
    /// Asked ahead of a message for which handlers are called, if there are any in the pool: whether those of this connection may keep the
    /// thread. The message is handled in the pool then, with all that follow it.
    /// </summary>
    bool MayKeepThread() => false;

    /// <summary>Whether code of the application that handles something may be called for a text message.</summary>
    bool MayCallHandlers(ReadOnlySpan<byte> text) => true;

    /// <summary>
    /// Nothing is queued for the client any more; called after <see cref="EngineConnection.NotifyWhenDrained"/>, and each time where
    /// <see cref="EngineConnection.ReportsDrains"/>, on a thread of the pool.
    /// </summary>
    void OnDrained()
    {
    }

    /// <summary>A change of the transport has begun: the client waits with it until everything it has posted is taken.</summary>
    void OnUpgrading()
    {
    }

    /// <summary>The client is on another transport; called on a thread of the pool.</summary>
    void OnUpgraded()
    {
    }

    /// <summary>Completes when more messages may be delivered; the transport stops reading until then.</summary>
    ValueTask WaitForCapacityAsync();

    /// <summary>
    /// Asked while the transport does not read: whether nothing has moved since the last time, and what would move it may lie unread.
    /// </summary>
    /// <param name="isInHandler">
    /// Whether the reading thread itself is with a handler, and not just waiting for <see cref="WaitForCapacityAsync"/>.
    /// </param>
    bool IsStuck(bool isInHandler) => false;
}
