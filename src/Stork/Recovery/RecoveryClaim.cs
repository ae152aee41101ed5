namespace Stork.Recovery;

/// <summary>A client's claim to a session, as long as it is being examined.</summary>
internal sealed class RecoveryClaim(Session session, string pid, long position, bool hasOffset)
{
    public Session Session { get; } = session;

    /// <summary>The private id, which the client gets back with its session.</summary>
    public string Pid { get; } = pid;

    /// <summary>The last event the client has.</summary>
    public long Position { get; } = position;

    /// <summary>
    /// Whether the client said so itself; one that has got no event cannot, and expects to have a new id after it connects again.
    /// </summary>
    public bool HasOffset { get; } = hasOffset;

    /// <summary>The session's generation when it was last looked at; if it has changed since, somebody else was quicker.</summary>
    public int Generation { get; set; } = session.Generation;
}
