namespace Stork.EngineIO.WebSockets;

/// <summary>Why a connection is closed (RFC 6455, 7.4.1, and the IANA registry it set up).</summary>
internal enum WebSocketCloseCode : ushort
{
    Normal = 1000,
    GoingAway = 1001,
    ProtocolError = 1002,
    UnsupportedData = 1003,

    /// <summary>The peer's close frame had no code. Never on the wire.</summary>
    NoStatus = 1005,

    /// <summary>The connection ended without a close frame. Never on the wire.</summary>
    Abnormal = 1006,

    InvalidPayload = 1007,
    PolicyViolation = 1008,
    TooBig = 1009,
    MandatoryExtension = 1010,
    InternalError = 1011,
    ServiceRestart = 1012,
    TryAgainLater = 1013,
    BadGateway = 1014,
}
