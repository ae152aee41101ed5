namespace Stork;

/// <summary>
/// What servers tell each other, as plain data: an adapter has nothing to do but to write it in the format of its bus and to read it again.
/// The namespace is not among it, as each has an adapter of its own (<see cref="Adapter.Namespace"/>).
/// </summary>
public abstract record ClusterMessage
{
    /// <summary>What processes that only emit, and are no servers, give as their id.</summary>
    public const string EmitterId = "emitter";

    private protected ClusterMessage()
    {
    }

    /// <summary>What kind of message it is, with the number that it has between official servers.</summary>
    public abstract ClusterMessageType Type { get; }

    /// <summary>The id of the server that sent it (<see cref="ClusterAdapter.ServerId"/>); empty or <see cref="EmitterId"/> if it is
    /// none. Answers may leave it empty where the format does not say who answers, and servers are only counted
    /// (<see cref="ClusterAdapterOptions.Heartbeats"/> off): each then is that of another server.</summary>
    public string ServerId { get; init; } = "";

    /// <summary>Whether one of the servers sent it, rather than a process that only emits.</summary>
    internal bool IsFromServer => ServerId is not ("" or EmitterId);
}
