using Stork.Wire;

namespace Stork.Recovery;

/// <summary>Who has a session at the moment: the part of a connected socket.</summary>
internal interface ISessionHolder
{
    /// <summary>Whether the client has ended the connection itself.</summary>
    bool IsLeftByClient { get; }

    /// <summary>Sends an event; listeners are told by <see cref="NotifyOutgoing"/>.</summary>
    ValueTask Send(EncodedPacket packet);

    /// <summary>Calls the listeners of outgoing events, which may emit themselves: never under the log's lock.</summary>
    void NotifyOutgoing(EncodedPacket packet);

    /// <summary>The client has come back on another connection: this one ends.</summary>
    void Supersede();
}
