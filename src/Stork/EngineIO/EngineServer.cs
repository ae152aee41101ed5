using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Stork.Wire;
using Stork.Timing;
using Stork.EngineIO.Transports;
using Stork.EngineIO.WebSockets;

namespace Stork.EngineIO;

/// <summary>
/// Engine.IO v4 over HTTP: tells handshakes, polls, posts and upgrades apart, refuses what is wrong as the original does, and keeps the sessions.
/// </summary>
internal sealed class EngineServer : IDisposable
{
    /// <summary>How long a closed polling session waits for the poll that takes its farewell (as in engine.io).</summary>
    public static readonly TimeSpan PollingFarewellTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The version of the Engine.IO protocol, as requests name it; one that names none means 3.</summary>
    private const string SupportedVersion = "4";

    private readonly ConcurrentDictionary<string, EngineConnection> _sessions = new(StringComparer.Ordinal);
    private readonly Func<EngineConnection, HttpContext, IEngineListener> _accept;
    private readonly PollingRequests _polling;
    private readonly OriginCheck _origins;
    private readonly HeaderStringPool _strings = new();
    private volatile bool _stopping;

    /// <param name="options">Validated options.</param>
    /// <param name="accept">Called for each new session, before its handshake is sent.</param>
    /// <param name="logger">Log of the server.</param>
    /// <param name="metrics">Meters of the server.</param>
    /// <param name="time">The clock of all timers.</param>
    public EngineServer(
        EngineOptions options,
        Func<EngineConnection, HttpContext, IEngineListener> accept,
        ILogger logger,
        SocketIOMetrics metrics,
        TimeProvider time)
    {
        Options = options;
        Logger = logger;
        Metrics = metrics;
        Time = time;
        var shortestWait = options.PingInterval < options.PingTimeout ? options.PingInterval : options.PingTimeout;
        Wheel = new TimerWheel(time, exception => Log.TimerFailed(logger, exception), shortestWait);
        Limits = options.Limits;
        _accept = accept;
        _polling = new PollingRequests(options, Limits);
        _origins = new OriginCheck(options, logger, time);
    }

    public EngineOptions Options { get; }

    public ProtocolLimits Limits { get; }

    public ILogger Logger { get; }

    public SocketIOMetrics Metrics { get; }

    public TimeProvider Time { get; }

    public TimerWheel Wheel { get; }

    /// <summary>Called, under the connection's lock, before output leaves: what must be written down first.</summary>
    public Action? BeforeOutput { get; set; }

    public int ClientsCount => _sessions.Count;

    /// <summary>Serves one request under the engine's path.</summary>
    public Task HandleAsync(HttpContext context)
    {
        // Not asynchronous itself: what awaits here is kept as long as a WebSocket lives.
        var query = new EngineQuery(context.Request);
        var isUpgrade = WebSocketHandshake.IsWebSocketRequest(context);
        if (!TryReadTransport(query.Transport, out var kind)) return RefuseAsync(context, EngineError.UnknownTransport);
        // An empty id is none, as in the original.
        return query.SessionId is { Length: > 0 } sid
            ? HandleSessionAsync(context, query.Version, sid, kind, isUpgrade)
            : HandshakeAsync(context, query.Version, kind, isUpgrade);
    }

    /// <summary>Closes every session and accepts no more; clients see a broken transport and reconnect by themselves.</summary>
    public void Stop()
    {
        _stopping = true;
        foreach (var connection in _sessions.Values)
        {
            try
            {
                connection.Close(DisconnectReason.ServerShuttingDown);
            }
            catch (Exception exception)
            {
                // The others have to learn of it all the same.
                Log.ConnectionFailed(Logger, exception, connection.Id);
            }
        }
    }

    public void Remove(EngineConnection connection) => _sessions.TryRemove(new(connection.Id, connection));

    public void Dispose() => Wheel.Dispose();

    private bool TryReadTransport(string? name, out SocketIOTransports kind)
    {
        kind = name switch
        {
            "polling" => SocketIOTransports.Polling,
            "websocket" => SocketIOTransports.WebSocket,
            _ => SocketIOTransports.None,
        };
        return kind != SocketIOTransports.None && Options.Transports.HasFlag(kind);
    }

    private Task HandleSessionAsync(HttpContext context, string? version, string sid, SocketIOTransports kind, bool isUpgrade)
    {
        if (!TryFind(sid, out var connection)) return RefuseAsync(context, EngineError.UnknownSession);
        if (version != SupportedVersion) return RefuseAsync(context, EngineError.BadRequest);
        if (isUpgrade && kind == SocketIOTransports.WebSocket) return UpgradeAsync(context, connection);
        if (isUpgrade || connection.Polling is not { } polling || kind != SocketIOTransports.Polling) return RefuseAsync(context, EngineError.BadRequest);
        if (HttpMethods.IsGet(context.Request.Method)) return _polling.PollAsync(context, connection, polling);
        if (HttpMethods.IsPost(context.Request.Method)) return _polling.PostAsync(context, connection, polling);
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }

    private bool TryFind(string sid, [MaybeNullWhen(false)] out EngineConnection connection)
    {
        if (!_sessions.TryGetValue(sid, out connection)) return false;
        // A deadline that has passed has passed, however late the wheel is.
        return !Wheel.CallIfDue(connection) || _sessions.ContainsKey(sid);
    }

    private Task HandshakeAsync(HttpContext context, string? version, SocketIOTransports kind, bool isUpgrade)
    {
        var check = FindHandshakeErrorAsync(context, version, kind, isUpgrade);
        return check.IsCompletedSuccessfully ? AnswerHandshakeAsync(context, check.Result, kind) : CheckedAsync();

        async Task CheckedAsync() => await AnswerHandshakeAsync(context, await check, kind);
    }

    private Task AnswerHandshakeAsync(HttpContext context, EngineError? error, SocketIOTransports kind)
    {
        if (error is { } known) return RefuseAsync(context, known);
        if (!_stopping && _sessions.Count < Options.MaxConnections)
            return kind == SocketIOTransports.WebSocket ? AcceptWebSocketAsync(context) : AcceptPollingAsync(context);
        Log.ConnectionRefused(Logger, _sessions.Count);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        // Whoever is refused is not to keep one of the file descriptors that are scarce by now.
        if (!HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol)) context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    private Task AcceptWebSocketAsync(HttpContext context)
    {
        // The answer usually leaves at once; what waits for the connection's end is then the transport alone, and no state of this method.
        var accepting = WebSocketHandshake.AcceptAsync(context);
        return accepting.IsCompletedSuccessfully ? OpenWebSocket(context, accepting.Result).RunAsync() : AcceptedAsync();

        async Task AcceptedAsync()
        {
            if (await OrRefusedAsync(context, accepting) is { } socket) await OpenWebSocket(context, socket).RunAsync();
        }
    }

    /// <summary>The accepted WebSocket; null, with the answer set, if the web server has as many upgraded connections as it may have.</summary>
    private static async Task<WebSocketConnection?> OrRefusedAsync(HttpContext context, Task<WebSocketConnection> accepting)
    {
        try
        {
            return await accepting;
        }
        catch (InvalidOperationException) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return null;
        }
    }

    private WebSocketTransport OpenWebSocket(HttpContext context, WebSocketConnection socket)
    {
        var connection = new EngineConnection(this, NewSessionId());
        var transport = new WebSocketTransport(connection, socket, isProbe: false, new EngineQuery(context.Request).IsTextOnly);
        Open(connection, transport, context);
        return transport;
    }

    private Task AcceptPollingAsync(HttpContext context)
    {
        var connection = new EngineConnection(this, NewSessionId());
        var polling = new PollingTransport(connection);
        if (Options.Cookie is { } cookie) context.Response.Cookies.Append(cookie.Name!, connection.Id, SessionCookie.Build(cookie, context));
        Open(connection, polling, context);
        return _polling.PollAsync(context, connection, polling);
    }

    private async ValueTask<EngineError?> FindHandshakeErrorAsync(HttpContext context, string? version, SocketIOTransports kind, bool isUpgrade)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !isUpgrade) return EngineError.BadHandshakeMethod;
        if (isUpgrade != (kind == SocketIOTransports.WebSocket)) return EngineError.BadRequest;
        if (!await _origins.IsAllowedAsync(context)) return EngineError.Forbidden("Origin not allowed");
        if (Options.AllowRequest is { } allow)
        {
            var verdict = await allow(context);
            if (!verdict.IsAllowed) return EngineError.Forbidden(verdict.Message);
        }

        return version == SupportedVersion ? null : EngineError.UnsupportedProtocol;
    }

    private void Open(EngineConnection connection, Transport transport, HttpContext context)
    {
        _strings.ApplyTo(context.Request);
        connection.Attach(transport, _accept(connection, context));
        Metrics.ConnectionOpened(transport.Kind);
        Log.ConnectionOpened(Logger, connection.Id, transport.Kind);
        connection.Open(Handshake(connection.Id, transport.Kind));
        // From here on it is found, and a server that stops may close it: behind the handshake, which is what the client waits for first.
        _sessions[connection.Id] = connection;
        if (_stopping) connection.Close(DisconnectReason.ServerShuttingDown);
    }

    private EncodedPacket Handshake(string id, SocketIOTransports kind)
    {
        var body = new ArrayBufferWriter<byte>(160);
        string[] upgrades = kind == SocketIOTransports.Polling && Options.AllowUpgrades && Options.Transports.HasFlag(SocketIOTransports.WebSocket)
            ? ["websocket"]
            : [];
        EngineHandshakeWriter.Write(
            body,
            id,
            upgrades,
            (int)Options.PingInterval.TotalMilliseconds,
            (int)Options.PingTimeout.TotalMilliseconds,
            Options.MaxHttpBufferSize);
        return new EncodedPacket(EncodedFrame.Text(EnginePacketType.Open, body.WrittenSpan));
    }

    private async Task UpgradeAsync(HttpContext context, EngineConnection connection)
    {
        _strings.ApplyTo(context.Request);
        if (await OrRefusedAsync(context, WebSocketHandshake.AcceptAsync(context)) is not { } socket) return;
        var transport = new WebSocketTransport(connection, socket, isProbe: true, new EngineQuery(context.Request).IsTextOnly);
        // Refused or not, the client gets its 101 first and then sees the connection end, as with the original.
        if (!connection.TryBeginUpgrade(transport)) transport.Refuse();
        await transport.RunAsync();
    }

    private async Task RefuseAsync(HttpContext context, EngineError error)
    {
        Log.RequestRefused(Logger, error.Code, error.Message);
        Metrics.RequestRefused(error.Code);
        var response = context.Response;
        if (IsUpgrade(context))
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            response.ContentType = "text/html";
            response.Headers.Connection = "close";
            await response.WriteAsync(error.Message);
            return;
        }

        response.StatusCode = error.StatusCode;
        response.ContentType = "application/json";
        PipelineOptOut.KeepUncompressed(context);
        await response.WriteAsync($$"""{"code":{{error.Code}},"message":"{{JsonEncodedText.Encode(error.Message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}}"}""");
    }

    /// <summary>Whether the client asks for another protocol, whichever it is.</summary>
    private static bool IsUpgrade(HttpContext context) =>
        context.Request.Headers.Upgrade.Count > 0 && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };

    /// <summary>20 characters of base64url, 120 random bits: what sticky routers look for, and what nobody guesses.</summary>
    internal static string NewSessionId()
    {
        Span<byte> random = stackalloc byte[15];
        RandomNumberGenerator.Fill(random);
        return System.Buffers.Text.Base64Url.EncodeToString(random);
    }
}
