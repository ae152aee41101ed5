namespace Stork.SocketIO.Sockets;

/// <summary>
/// What a higher floor attaches to the sockets of a server: an object for each of them, made with it by
/// <see cref="SocketIOServer.SocketFeatures"/> and found by <see cref="Socket.Feature{T}"/>. A socket knows its features by this interface
/// only.
/// </summary>
/// <remarks>Members may be called from any thread, must not wait for anything, and never throw.</remarks>
internal interface ISocketFeature
{
    /// <summary>The connection handlers are done. The client's events wait until the task is complete. Called although the socket may have
    /// ended meanwhile, but not for one that was never connected.</summary>
    ValueTask OnConnectedAsync();

    /// <summary>Follows <see cref="OnConnectedAsync"/>: the client's events are being handled from now on.</summary>
    void OnReady();

    /// <summary>
    /// The client acknowledges something that nobody has asked for by an emit. May come ahead of <see cref="OnConnectedAsync"/>: a client
    /// that reconnects sends the answer of a handler that has just finished at once.
    /// </summary>
    /// <param name="packet">Its bytes are valid until the call returns.</param>
    /// <returns>Whether it is meant for this feature; if so, no other one is asked.</returns>
    bool TryAcknowledge(in Packet packet);

    /// <summary>Everything that was sent on the connection has left; called after
    /// <see cref="EngineIO.EngineConnection.NotifyWhenDrained"/>.</summary>
    void OnDrained();

    /// <summary>The socket is over, ahead of its disconnect handlers. Not called for one that was never connected.</summary>
    void OnClosed(DisconnectReason reason);
}
