using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.Extensions.Primitives;

namespace Stork.SocketIO.Sockets;

/// <summary>
/// What a connection keeps of the HTTP request that opened it. The request itself is given back to the web server, and with it every object
/// that could later describe somebody else's request, so all is copied; only references, as strings never change.
/// </summary>
internal sealed class HandshakeRequest
{
    private readonly KeyValuePair<string, StringValues>[] _headers;
    private readonly string _path;
    private readonly string _query;
    private CancellationTokenSource? _ended;
    private bool _hasEnded;

    public HandshakeRequest(HttpContext context, DateTimeOffset time)
    {
        var request = context.Request;
        _headers = [.. request.Headers];
        _path = request.PathBase.HasValue ? request.PathBase + request.Path : request.Path.Value ?? "";
        _query = request.QueryString.Value ?? "";
        Time = time;
        RemoteAddress = context.Features.Get<IHttpConnectionFeature>()?.RemoteIpAddress;
        IsSecure = request.IsHttps;
        User = context.Features.Get<IHttpAuthenticationFeature>()?.User;
    }

    /// <summary>Of a client of another server.</summary>
    public HandshakeRequest(HandshakeData data)
    {
        _headers = [.. data.Headers];
        var query = data.Url.IndexOf('?', StringComparison.Ordinal);
        (_path, _query) = query < 0 ? (data.Url, "") : (data.Url[..query], data.Url[query..]);
        Time = data.Time;
        RemoteAddress = data.Address;
        IsSecure = data.Secure;
    }

    public DateTimeOffset Time { get; }

    public IPAddress? RemoteAddress { get; }

    public bool IsSecure { get; }

    public ClaimsPrincipal? User { get; }

    public string Url => _path + _query;

    public string QueryString => _query;

    /// <summary>Cancelled by <see cref="EndAsync"/>.</summary>
    public CancellationToken Ended
    {
        get
        {
            lock (_headers) return _hasEnded ? new CancellationToken(canceled: true) : (_ended ??= new CancellationTokenSource()).Token;
        }
    }

    /// <summary>The connection is over. What waits for it is called on a thread of the pool.</summary>
    public Task EndAsync()
    {
        lock (_headers)
        {
            _hasEnded = true;
            return _ended?.CancelAsync() ?? Task.CompletedTask;
        }
    }

    public Dictionary<string, StringValues> ListHeaders() => new(_headers, StringComparer.OrdinalIgnoreCase);

    public HeaderDictionary CopyHeaders()
    {
        var headers = new HeaderDictionary(_headers.Length);
        foreach (var (name, value) in _headers) headers[name] = value;
        return headers;
    }
}
