using Microsoft.AspNetCore.Http;

namespace Stork.EngineIO.Transports;

/// <summary>
/// How requests find their way to the transports of one kind: the handshake that opens a session, and what comes for one that is open. One
/// a server and kind; what all kinds have in common (who may connect, which sessions there are) has been looked at before.
/// </summary>
internal abstract class TransportEndpoint
{
    public abstract SocketIOTransports Kind { get; }

    /// <summary>What requests and handshakes call it.</summary>
    public abstract string Name { get; }

    /// <summary>Whether its requests leave HTTP for another protocol, and so have to ask for that.</summary>
    public virtual bool NeedsUpgrade => false;

    /// <summary>Whether the request asks for the protocol that this transport speaks instead of HTTP.</summary>
    public virtual bool IsUpgrade(HttpContext context) => false;

    /// <summary>Opens a session and serves the request that asked for it, as long as that lasts.</summary>
    /// <param name="context">The request.</param>
    /// <param name="id">What the session is called.</param>
    public abstract Task OpenAsync(HttpContext context, string id);

    /// <summary>Serves a request for a session; null if that session has no use for it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="connection">The session.</param>
    /// <param name="isUpgrade">Whether it asks for another protocol than HTTP.</param>
    public abstract Task? TryServe(HttpContext context, EngineConnection connection, bool isUpgrade);
}
