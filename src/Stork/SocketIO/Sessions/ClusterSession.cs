namespace Stork;

/// <summary>What a client gets back on whatever server it returns to.</summary>
public sealed record ClusterSession
{
    /// <summary>What the client asks for it with: private to it.</summary>
    public required string Pid { get; init; }

    /// <summary>The id of its socket.</summary>
    public required string SocketId { get; init; }

    /// <summary>The rooms it is in, but for that of its id; and those it has left lately.</summary>
    public IReadOnlyList<ClusterMembership> Rooms { get; init; } = [];

    /// <summary>The application's data of the socket, a JSON object.</summary>
    public required JsonPayload Data { get; init; }

    /// <summary>The last event before the session began: earlier ones are not for it.</summary>
    public EventOffset Start { get; init; }

    /// <summary>Whose the session is, hashed; null if whoever has written it does not say.</summary>
    public string? Identity { get; init; }

    /// <summary>Who has the session now, a random text of that socket: of two that take it at once, one finds another owner than it
    /// expects. Null if nobody has it.</summary>
    public string? Owner { get; init; }
}
