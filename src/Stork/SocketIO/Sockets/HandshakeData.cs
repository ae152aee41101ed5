using System.Net;
using Microsoft.Extensions.Primitives;

namespace Stork;

/// <summary>A <see cref="Handshake"/> as plain data, as it travels between servers. What follows from it (<see cref="Handshake.Query"/>,
/// <see cref="Handshake.IsCrossDomain"/>) need not travel; <see cref="Handshake.User"/> does not.</summary>
public sealed record HandshakeData
{
    /// <summary>The request's headers, cookies and tokens among them.</summary>
    public IReadOnlyDictionary<string, StringValues> Headers { get; init; } = new Dictionary<string, StringValues>();

    /// <summary>Path and query of the request.</summary>
    public string Url { get; init; } = "";

    /// <summary>The address of the client; null if it is not known.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Whether the connection came over TLS.</summary>
    public bool Secure { get; init; }

    /// <summary>When the connection was opened.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>When the client asked to join the namespace.</summary>
    public DateTimeOffset Issued { get; init; }

    /// <summary>What the client gave as <c>auth</c>, a JSON object; empty for none.</summary>
    public ReadOnlyMemory<byte> Auth { get; init; }
}
