using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Stork;

/// <summary>A request that was refused: a handshake that may not be, or a session that is not known (any more).</summary>
[DebuggerDisplay("{Code}: {Message}")]
public sealed class ConnectionError
{
    internal ConnectionError(HttpContext context, int code, string message)
    {
        HttpContext = context;
        Code = code;
        Message = message;
    }

    /// <summary>The request; valid until the listener returns.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>What the client is told, as a number of the original's: 0 unknown transport, 1 unknown session, 2 bad handshake method,
    /// 3 bad request, 4 forbidden, 5 unsupported version of the protocol.</summary>
    public int Code { get; }

    /// <summary>What the client is told, as a text.</summary>
    public string Message { get; }
}
