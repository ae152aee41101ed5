namespace Stork.Protocol;

/// <summary>The packet types of Engine.IO v4. On the wire each is the ASCII digit of its value.</summary>
public enum EnginePacketType : byte
{
    /// <summary>The handshake, from server to client.</summary>
    Open = 0,

    /// <summary>The transport is to be closed.</summary>
    Close = 1,

    /// <summary>A heartbeat from the server, or the probe of a client that upgrades (<c>2probe</c>).</summary>
    Ping = 2,

    /// <summary>The answer to <see cref="Ping"/>.</summary>
    Pong = 3,

    /// <summary>A message of the layer above.</summary>
    Message = 4,

    /// <summary>The client has finished its upgrade.</summary>
    Upgrade = 5,

    /// <summary>Nothing; ends a waiting poll.</summary>
    Noop = 6,
}
