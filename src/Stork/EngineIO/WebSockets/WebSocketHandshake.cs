using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Primitives;
using Stork.EngineIO.Takeover;
using Stork.EngineIO.WebSockets.Compression;

namespace Stork.EngineIO.WebSockets;

/// <summary>
/// The server's part of the opening handshake: the HTTP/1.1 upgrade (RFC 6455, 4.2) and the extended CONNECT of HTTP/2 and 3
/// (RFC 8441, RFC 9220). The one extension that may be negotiated is compression; without it, what a client offers there is not even read.
/// Of subprotocols the first one offered is accepted, as the original server does: they mean nothing to Socket.IO, but clients and browsers
/// that offer some give up without an answer.
/// </summary>
internal static class WebSocketHandshake
{
    private const string Protocol = "websocket";
    private const string Version = "13";
    private const int KeyBytes = 16;
    private const int KeyChars = 24;

    private static readonly SearchValues<char> TokenChars =
        SearchValues.Create("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");

    private static ReadOnlySpan<byte> AcceptSuffix => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>Whether the request is a well-formed WebSocket handshake that the server underneath can accept.</summary>
    public static bool IsWebSocketRequest(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!IsOnly(headers.SecWebSocketVersion, Version))
            return false;
        if (IsExtendedConnect(context))
            return true;

        return context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && HttpMethods.IsGet(context.Request.Method)
            && HttpProtocol.IsHttp11(context.Request.Protocol)
            && HasToken(headers.Upgrade, Protocol)
            && HasToken(headers.Connection, "Upgrade")
            && IsKey(headers.SecWebSocketKey);
    }

    /// <summary>Answers the handshake; the caller has set whatever other response headers it wants before.</summary>
    /// <param name="context">The request.</param>
    /// <param name="takesOver">
    /// Whether to take the connection over from HTTP where that can be done; <see cref="WebSocketConnection.Takeover"/> tells.
    /// </param>
    /// <param name="isFollowedByOutput">
    /// Whether the caller writes and flushes something at once: the answer may wait for that and leave together with it.
    /// </param>
    /// <param name="deflate">How messages may be compressed, if the client offers it; null if they are not.</param>
    /// <exception cref="InvalidOperationException">
    /// Not a WebSocket request, the response has begun, or the server has as many upgraded connections as it may have.
    /// </exception>
    public static async Task<WebSocketConnection> AcceptAsync(
        HttpContext context, bool takesOver = false, bool isFollowedByOutput = false, PerMessageDeflateOptions? deflate = null)
    {
        if (!IsWebSocketRequest(context))
            throw new InvalidOperationException("The request is not a WebSocket handshake.");

        if (FirstToken(context.Request.Headers.SecWebSocketProtocol) is { } subprotocol)
            context.Response.Headers.SecWebSocketProtocol = subprotocol;
        var agreement = deflate is null ? null : DeflateOffer.Accept(context.Request.Headers.SecWebSocketExtensions, deflate);
        if (agreement is not null) context.Response.Headers.SecWebSocketExtensions = agreement.ToHeader();
        var connection = IsExtendedConnect(context)
            ? await ConnectAsync(context)
            : await UpgradeAsync(context, takesOver, isFollowedByOutput);
        connection.Deflate = agreement;
        return connection;
    }

    /// <summary>The answer to a client's key: proof that the handshake was understood, nothing secret (RFC 6455, 4.2.2).</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "RFC 6455 asks for SHA-1.")]
    internal static string CreateAcceptKey(string key)
    {
        Span<byte> input = stackalloc byte[KeyChars + AcceptSuffix.Length];
        var length = Encoding.ASCII.GetBytes(key, input);
        AcceptSuffix.CopyTo(input[length..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
        SHA1.HashData(input[..(length + AcceptSuffix.Length)], hash);
        return Convert.ToBase64String(hash);
    }

    private static async ValueTask<WebSocketConnection> ConnectAsync(HttpContext context)
    {
        var connected = await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
        DisableRequestTimeout(context);
        return WebSocketConnection.FromStream(connected, LifetimeOf(context), TakeoverOutcome.Shared);
    }

    private static async ValueTask<WebSocketConnection> UpgradeAsync(HttpContext context, bool takesOver, bool isFollowedByOutput)
    {
        var headers = context.Response.Headers;
        headers.Upgrade = Protocol;
        headers.Connection = "Upgrade";
        headers.SecWebSocketAccept = CreateAcceptKey(context.Request.Headers.SecWebSocketKey.ToString());
        var connection = context.Features.Get<IConnectionTransportFeature>();
        var upgrade = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
        // The stream of another's upgrade would not be taken over, and may be used before it comes here.
        var isDelayed = takesOver && isFollowedByOutput && IsOfKestrel(upgrade);
        var upgraded = await UpgradeAsync(upgrade, isDelayed ? connection?.Transport as LentConnection : null);
        DisableRequestTimeout(context);
        var transport = IsOfKestrel(upgraded) ? connection?.Transport : null;
        if (takesOver && transport is LentConnection lent) return WebSocketConnection.TakeOver(lent);
        var reason = WhyNotTakenOver(connection, takesOver);
        return transport is null
            ? WebSocketConnection.FromStream(upgraded, LifetimeOf(context), reason)
            : WebSocketConnection.FromTransport(transport, LifetimeOf(context), reason);
    }

    /// <summary>Upgrades; the answer stays unflushed if there is a connection for which flushes can be delayed.</summary>
    private static async ValueTask<Stream> UpgradeAsync(IHttpUpgradeFeature upgrade, LentConnection? delayed)
    {
        if (delayed is null) return await upgrade.UpgradeAsync();
        delayed.DelaysFlushes = true;
        try
        {
            return await upgrade.UpgradeAsync();
        }
        finally
        {
            delayed.DelaysFlushes = false;
        }
    }

    // Kestrel's upgraded stream only forwards to the connection's pipes, so these can be used as they are: behind TLS and connection
    // middleware, without a copy more and without the HTTP layer's locks. Another stream (another server, or a middleware that wants
    // to see the bytes) is respected.
    private static bool IsOfKestrel(object part) => part.GetType().Assembly == typeof(KestrelServer).Assembly;

    private static TakeoverOutcome WhyNotTakenOver(IConnectionTransportFeature? connection, bool takesOver) =>
        !takesOver ? TakeoverOutcome.SwitchedOff
        : connection is LentConnection ? TakeoverOutcome.BytesHandledAbove
        : TakeoverOutcome.NotLent;

    private static IHttpRequestLifetimeFeature? LifetimeOf(HttpContext context) => context.Features.Get<IHttpRequestLifetimeFeature>();

    // The limit for a request is not meant for a connection that lasts.
    private static void DisableRequestTimeout(HttpContext context) =>
        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();

    private static bool IsExtendedConnect(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect
        && string.Equals(connect.Protocol, Protocol, StringComparison.OrdinalIgnoreCase);

    private static bool IsKey(StringValues values) =>
        values is [{ Length: KeyChars } key] && Base64.IsValid(key, out var decodedLength) && decodedLength == KeyBytes;

    private static bool IsOnly(StringValues values, string expected) =>
        values is [{ } value] && string.Equals(value, expected, StringComparison.Ordinal);

    /// <summary>The first element of a list, if it is a token (RFC 9110, 5.6.2); it goes back into a header as it is.</summary>
    private static string? FirstToken(StringValues values)
    {
        if (values is not [{ } list, ..])
            return null;
        var comma = list.IndexOf(',', StringComparison.Ordinal);
        var first = (comma < 0 ? list.AsSpan() : list.AsSpan(0, comma)).Trim(" \t");
        return first.IsEmpty || first.ContainsAnyExcept(TokenChars) ? null : first.ToString();
    }

    private static bool HasToken(StringValues values, string token)
    {
        foreach (var value in values)
        {
            var list = value.AsSpan();
            foreach (var range in list.Split(','))
            {
                if (list[range].Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }
}
