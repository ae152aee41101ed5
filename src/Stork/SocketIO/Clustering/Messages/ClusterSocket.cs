namespace Stork;

/// <summary>A socket as other servers are told of it.</summary>
public sealed record ClusterSocket
{
    /// <summary>The socket's id.</summary>
    public required string Id { get; init; }

    /// <summary>How its client introduced itself, with the headers of its request: cookies and tokens among them, as in the
    /// original. An empty one if it is set neither here nor by <see cref="ReadHandshake"/>.</summary>
    public HandshakeData Handshake
    {
        get => ReadyHandshake ??= ReadHandshake();
        init => ReadyHandshake = value;
    }

    /// <summary>In place of <see cref="Handshake"/>, for messages that tell of thousands of sockets: reads it when somebody asks for it,
    /// which few do. Must not throw: what is malformed is taken as missing.</summary>
    public Func<HandshakeData> ReadHandshake { private get; init; } = static () => new HandshakeData();

    /// <summary>The handshake if it was given, or read already; null otherwise.</summary>
    internal HandshakeData? ReadyHandshake { get; private set; }

    /// <summary>The rooms it is in, its id among them.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>The application's data of the socket, a JSON object; what cannot be serialized is left out.</summary>
    public required JsonPayload Data { get; init; }
}
