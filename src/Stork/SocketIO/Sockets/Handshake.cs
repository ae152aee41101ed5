using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Stork.SocketIO.Sockets;
using Stork.Wire;

namespace Stork;

/// <summary>How a client introduced itself: the HTTP request that opened its connection, and what it sent when it joined the
/// namespace.</summary>
public sealed class Handshake
{
    private readonly HandshakeRequest _request;
    private readonly ArgumentSerializer _serializer;
    private readonly ReadOnlyMemory<byte> _auth;

    internal Handshake(HandshakeRequest request, ReadOnlyMemory<byte> auth, DateTimeOffset issued, ArgumentSerializer serializer)
    {
        _request = request;
        _auth = auth;
        _serializer = serializer;
        Issued = issued;
    }

    /// <summary>For adapters: how a client introduced itself to another server.</summary>
    /// <param name="nsp">The namespace it joined there.</param>
    /// <param name="data">What that server told of it.</param>
    public Handshake(Namespace nsp, HandshakeData data)
    {
        ArgumentNullException.ThrowIfNull(nsp);
        ArgumentNullException.ThrowIfNull(data);
        _request = new HandshakeRequest(data);
        _auth = data.Auth;
        _serializer = nsp.Server.Serializer;
        Issued = data.Issued;
    }

    /// <summary>Cancelled when the connection has ended, whether or not the namespace was joined; never for a socket of another
    /// server.</summary>
    public CancellationToken ConnectionClosed => _request.Ended;

    /// <summary>The request's headers; a copy.</summary>
    public IHeaderDictionary Headers => field ??= _request.CopyHeaders();

    /// <summary>The request's query, with the client's own parameters among those of the protocol.</summary>
    public IQueryCollection Query => field ??= new QueryCollection(QueryHelpers.ParseQuery(_request.QueryString));

    /// <summary>Path and query of the request.</summary>
    public string Url => _request.Url;

    /// <summary>The address of the client, or of the last proxy unless forwarded headers are processed; null if it is not known.</summary>
    public IPAddress? Address => _request.RemoteAddress;

    /// <summary>Whether the connection came over TLS.</summary>
    public bool Secure => _request.IsSecure;

    /// <summary>Whether the request named an Origin, as browsers do across sites.</summary>
    public bool IsCrossDomain => Headers.Origin.Count > 0;

    /// <summary>When the connection was opened.</summary>
    public DateTimeOffset Time => _request.Time;

    /// <summary>When the client asked to join this namespace.</summary>
    public DateTimeOffset Issued { get; }

    /// <summary>Who the client is, as ASP.NET Core authenticated the request; an identity that is not authenticated otherwise, and for a
    /// socket of another server.</summary>
    public ClaimsPrincipal User => field ??= _request.User ?? new ClaimsPrincipal(new ClaimsIdentity());

    internal bool IsAuthenticated => _request.User?.Identity?.IsAuthenticated == true;

    /// <summary>What the client gave as <c>auth</c>; an empty object if nothing. Not checked by anybody yet.</summary>
    public JsonElement Auth => GetAuth<JsonElement>();

    /// <summary>Reads what the client gave as <c>auth</c>.</summary>
    /// <exception cref="JsonException">It does not fit <typeparamref name="T"/>.</exception>
    public T? GetAuth<T>() => _serializer.Read<T>(_auth.IsEmpty ? "{}"u8 : _auth.Span, []);

    /// <summary>All of it that other servers may be told; a copy.</summary>
    public HandshakeData ToData() => new()
    {
        // Not those of the property, which would stay with the socket for good.
        Headers = _request.ListHeaders(),
        Url = Url,
        Address = Address,
        Secure = Secure,
        Time = Time,
        Issued = Issued,
        Auth = _auth,
    };
}
