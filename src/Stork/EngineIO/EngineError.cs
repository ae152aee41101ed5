using Microsoft.AspNetCore.Http;

namespace Stork.EngineIO;

/// <summary>How a request that cannot be served is refused; codes and texts are the original server's (engine.io 6.6).</summary>
internal readonly record struct EngineError(int Code, string Message, int StatusCode = StatusCodes.Status400BadRequest)
{
    public static readonly EngineError UnknownTransport = new(0, "Transport unknown");
    public static readonly EngineError UnknownSession = new(1, "Session ID unknown");
    public static readonly EngineError BadHandshakeMethod = new(2, "Bad handshake method");
    public static readonly EngineError BadRequest = new(3, "Bad request");
    public static readonly EngineError UnsupportedProtocol = new(5, "Unsupported protocol version");

    public static EngineError Forbidden(string? message) => new(4, message ?? "Forbidden", StatusCodes.Status403Forbidden);
}
