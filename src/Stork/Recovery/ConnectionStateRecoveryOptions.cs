namespace Stork;

/// <summary>
/// How clients that lost their connection get their session back: their id, rooms and data, and the events they missed. Understood by the
/// official JavaScript client (4.6 and later) and the Dart client; others connect anew, as always.
/// </summary>
public sealed class ConnectionStateRecoveryOptions
{
    /// <summary>
    /// How long a session is kept after the server has noticed that its client is gone. Default 2 minutes, as in the original; 1 s to 1
    /// day. Events are kept so much longer as it may take to notice.
    /// </summary>
    public TimeSpan MaxDisconnectionDuration { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Whether a client that recovers its session passes by the middlewares of the namespace. Default false, other than in the original: a
    /// client that was banned meanwhile must not come back by this door. One that does not get its session after all has to pass them even
    /// so.
    /// </summary>
    public bool SkipMiddlewares { get; set; }

    /// <summary>Events that one client may have missed; one that missed more connects anew. Default 1,000; 1 to 1,000,000.</summary>
    public int MaxReplayEvents { get; set; } = 1_000;

    /// <summary>Bytes of events that one client may have missed; one that missed more connects anew. Default 1 MiB; at most
    /// <see cref="SocketIOOptions.MaxOutputBufferSize"/>, because they have to fit into it.</summary>
    public int MaxReplayBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Clients that are served missed events at the same time; when more come back at once, the others wait their turn. Default 64; 1 to
    /// 10,000.
    /// </summary>
    public int MaxConcurrentReplays { get; set; } = 64;

    /// <summary>
    /// Sessions kept for clients that are away; beyond, the one that has been away longest is forgotten. Default 100,000; 1 to 10,000,000.
    /// </summary>
    public int MaxSessions { get; set; } = 100_000;

    /// <summary>
    /// Events kept for all clients together; beyond, the oldest are forgotten, and who missed them connects anew. Default 1,000,000.
    /// </summary>
    public int MaxLogEvents { get; set; } = 1_000_000;

    /// <summary>
    /// Bytes of events kept for all clients together, in memory and, with <see cref="SocketIOOptions.DataDirectory"/>, a small multiple of
    /// it on disk. Default 64 MiB; 64 KiB to 512 MiB.
    /// </summary>
    public long MaxLogBytes { get; set; } = 64L * 1024 * 1024;

    /// <summary>
    /// Bytes of <see cref="Socket.Data"/>, as JSON, that are kept on disk for one session. Default 64 KiB. A session with more, or with a
    /// value that cannot be written as JSON, is not recovered after a restart of the server.
    /// </summary>
    public int MaxDataBytes { get; set; } = 64 * 1024;

    /// <summary>
    /// Decides by its handshake whether a client takes part. Null (default): all do. A client that does not gets no <c>pid</c>, and its
    /// events carry no offset as additional argument.
    /// </summary>
    public Func<Handshake, bool>? Applies { get; set; }

    /// <summary>
    /// Whose session it is; nobody else gets it, with whatever <c>pid</c>. Called behind the middlewares, when a client connects and when
    /// it comes back. Null (default): what the registered <see cref="IInboxIdentityResolver"/> says, or else the claim
    /// <see cref="System.Security.Claims.ClaimTypes.NameIdentifier"/>, or else the name, of a user whom ASP.NET Core authenticated, and
    /// nobody in particular otherwise. Set it, or register a resolver, where a middleware authenticates clients, for example by a token in
    /// their <c>auth</c>.
    /// </summary>
    public Func<Socket, string?>? Identity { get; set; }

    internal ConnectionStateRecoveryOptions Freeze() => (ConnectionStateRecoveryOptions)MemberwiseClone();
}
