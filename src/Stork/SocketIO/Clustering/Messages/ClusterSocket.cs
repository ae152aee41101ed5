namespace Stork;

/// <summary>A socket as other servers are told of it.</summary>
public sealed record ClusterSocket
{
    /// <summary>The socket's id.</summary>
    public required string Id { get; init; }

    /// <summary>How its client introduced itself, with the headers of its request: cookies and tokens among them, as in the
    /// original.</summary>
    public required HandshakeData Handshake { get; init; }

    /// <summary>The rooms it is in, its id among them.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>The application's data of the socket, a JSON object; what cannot be serialized is left out.</summary>
    public required JsonPayload Data { get; init; }
}
