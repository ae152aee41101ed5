namespace Stork;

/// <summary>Why a socket was disconnected; the same reasons, with the same meaning, as in the original server.</summary>
public enum DisconnectReason
{
    /// <summary>"transport error": the connection broke, or the client broke the rules of its transport or read too slowly.</summary>
    TransportError,

    /// <summary>"transport close": the client closed the connection.</summary>
    TransportClose,

    /// <summary>"forced close": the connection was closed from below, for example because no namespace was joined in time.</summary>
    ForcedClose,

    /// <summary>"ping timeout": no pong came within the ping timeout.</summary>
    PingTimeout,

    /// <summary>"parse error": the client sent a packet that breaks the protocol.</summary>
    ParseError,

    /// <summary>"server shutting down": the server stops; clients reconnect by themselves.</summary>
    ServerShuttingDown,

    /// <summary>
    /// "forced server close": the server closed the connection, for example by a disconnect of another of its sockets, or after a
    /// violation.
    /// </summary>
    ForcedServerClose,

    /// <summary>"client namespace disconnect": the client called <c>disconnect()</c>.</summary>
    ClientNamespaceDisconnect,

    /// <summary>"server namespace disconnect": the server disconnected this socket.</summary>
    ServerNamespaceDisconnect,
}
