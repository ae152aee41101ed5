namespace Stork.EngineIO.Takeover;

/// <summary>Whether a WebSocket's connection was taken over from HTTP, and if not, why.</summary>
internal enum TakeoverOutcome : byte
{
    TakenOver,

    /// <summary><see cref="SocketIOOptions.TakeOverConnections"/> is false.</summary>
    SwitchedOff,

    /// <summary>The web server is another than Kestrel, or the endpoint does without <see cref="ConnectionTakeover"/>.</summary>
    NotLent,

    /// <summary>TLS, another connection middleware or one of the request handles the bytes on their way.</summary>
    BytesHandledAbove,

    /// <summary>HTTP/2 or HTTP/3: other requests share the connection.</summary>
    Shared,
}
