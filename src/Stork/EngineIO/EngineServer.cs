using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Stork.EngineIO.Takeover;
using Stork.EngineIO.Transports;
using Stork.Timing;
using Stork.Wire;

namespace Stork.EngineIO;

/// <summary>
/// Engine.IO v4 over HTTP: tells handshakes from requests of a session, refuses what is wrong as the original does, and keeps the sessions.
/// Everything else is up to the transport that a request names.
/// </summary>
internal sealed class EngineServer : IDisposable
{
    /// <summary>The version of the Engine.IO protocol, as requests name it; one that names none means 3.</summary>
    private const string SupportedVersion = "4";

    private readonly ConcurrentDictionary<string, EngineConnection> _sessions = new(StringComparer.Ordinal);
    private readonly Func<EngineConnection, HttpContext, IEngineListener> _accept;
    private readonly TransportEndpoint[] _endpoints;
    private readonly OriginCheck _origins;
    private readonly SessionIds _ids;
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
        _accept = accept;
        Takeovers = new TakeoverReport(logger);
        _endpoints = [new PollingEndpoint(this), new WebSocketEndpoint(this)];
        _origins = new OriginCheck(options, logger, time);
        _ids = new SessionIds(options.GenerateId, _sessions.ContainsKey, logger, time);
        if (options.Parser is { } parser) Transcoder = new PacketTranscoder(parser);
    }

    public EngineOptions Options { get; }

    public ProtocolLimits Limits => Options.Limits;

    /// <summary>What converts packets for clients that have another format than the protocol's; null if they have not.</summary>
    public PacketTranscoder? Transcoder { get; }

    public ILogger Logger { get; }

    public SocketIOMetrics Metrics { get; }

    public TimeProvider Time { get; }

    public TimerWheel Wheel { get; }

    public TakeoverReport Takeovers { get; }

    /// <summary>Called, under the connection's lock, before output leaves: what must be written down first.</summary>
    public Action? BeforeOutput { get; set; }

    /// <summary>Raised for each request that is refused, before it is answered.</summary>
    public event Action<ConnectionError>? RequestRefused;

    public int ClientsCount => _sessions.Count;

    /// <summary>Serves one request under the engine's path.</summary>
    public Task HandleAsync(HttpContext context)
    {
        // Not asynchronous itself: what awaits here is kept as long as a WebSocket lives.
        var query = new EngineQuery(context.Request);
        var upgrade = FindUpgrade(context);
        if (FindEndpoint(query.Transport) is not { } endpoint) return RefuseAsync(context, EngineError.UnknownTransport);
        // An empty id is none, as in the original.
        if (query.SessionId is not { Length: > 0 } sid) return HandshakeAsync(context, query.Version, endpoint, upgrade);
        if (!TryFind(sid, out var connection)) return RefuseAsync(context, EngineError.UnknownSession);
        if (query.Version != SupportedVersion) return RefuseAsync(context, EngineError.BadRequest);
        if (upgrade is not null && upgrade != endpoint) return RefuseAsync(context, EngineError.BadRequest);
        return endpoint.TryServe(context, connection, upgrade is not null) ?? RefuseAsync(context, EngineError.BadRequest);
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

    /// <summary>A session that nobody can find yet; see <see cref="Open"/>.</summary>
    public EngineConnection CreateConnection(string id) => new(this, id);

    /// <summary>Makes the session known, and sends its handshake.</summary>
    public void Open(EngineConnection connection, Transport transport, HttpContext context)
    {
        ShareHeaders(context.Request);
        connection.Attach(transport, _accept(connection, context));
        Metrics.ConnectionOpened(transport.Kind);
        Log.ConnectionOpened(Logger, connection.Id, transport.Kind);
        // Found before the client has its handshake, by which it could ask for it; but behind its being written, as a server that stops
        // closes what it finds, and the handshake is what a client waits for first.
        var batch = OutputBatch.Enter();
        connection.Open(Handshake(connection.Id, transport));
        var isKnown = _sessions.TryAdd(connection.Id, connection);
        batch.Exit();
        if (!isKnown) connection.Close(DisconnectReason.ForcedServerClose, abort: true, "Two sessions got the same id at the same time.");
        if (_stopping) connection.Close(DisconnectReason.ServerShuttingDown);
    }

    /// <summary>
    /// To be called for requests that last as long as their connection: lets it have no strings of its own that others have as well.
    /// </summary>
    public void ShareHeaders(HttpRequest request) => _strings.ApplyTo(request);

    /// <summary>What the query names; null if it is nothing that this server has.</summary>
    private TransportEndpoint? FindEndpoint(string? name)
    {
        foreach (var endpoint in _endpoints)
        {
            if (endpoint.Name == name) return Options.Transports.HasFlag(endpoint.Kind) ? endpoint : null;
        }

        return null;
    }

    /// <summary>Whose protocol the request asks for; null if it stays with HTTP.</summary>
    private TransportEndpoint? FindUpgrade(HttpContext context)
    {
        foreach (var endpoint in _endpoints)
        {
            if (endpoint.IsUpgrade(context)) return endpoint;
        }

        return null;
    }

    private bool TryFind(string sid, [MaybeNullWhen(false)] out EngineConnection connection)
    {
        if (!_sessions.TryGetValue(sid, out connection)) return false;
        // A deadline that has passed has passed, however late the wheel is.
        return !Wheel.CallIfDue(connection.Heartbeat) || _sessions.ContainsKey(sid);
    }

    private Task HandshakeAsync(HttpContext context, string? version, TransportEndpoint endpoint, TransportEndpoint? upgrade)
    {
        var check = FindHandshakeErrorAsync(context, version, endpoint, upgrade);
        return check.IsCompletedSuccessfully ? AnswerHandshakeAsync(context, check.Result, endpoint) : CheckedAsync();

        async Task CheckedAsync() => await AnswerHandshakeAsync(context, await check, endpoint);
    }

    private Task AnswerHandshakeAsync(HttpContext context, EngineError? error, TransportEndpoint endpoint)
    {
        if (error is { } known) return RefuseAsync(context, known);
        if (!_stopping && _sessions.Count < Options.MaxConnections)
        {
            return _ids.Next(context) is { } id ? endpoint.OpenAsync(context, id) : RefuseAsync(context, EngineError.BadRequest);
        }

        Log.ConnectionRefused(Logger, _sessions.Count);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        // Whoever is refused is not to keep one of the file descriptors that are scarce by now.
        if (!HttpProtocol.IsHttp2(context.Request.Protocol) && !HttpProtocol.IsHttp3(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    private async ValueTask<EngineError?> FindHandshakeErrorAsync(
        HttpContext context, string? version, TransportEndpoint endpoint, TransportEndpoint? upgrade)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && upgrade is null) return EngineError.BadHandshakeMethod;
        if (upgrade != (endpoint.NeedsUpgrade ? endpoint : null)) return EngineError.BadRequest;
        if (!await _origins.IsAllowedAsync(context)) return EngineError.Forbidden("Origin not allowed");
        if (Options.AllowRequest is { } allow)
        {
            var verdict = await allow(context);
            if (!verdict.IsAllowed) return EngineError.Forbidden(verdict.Message);
        }

        return version == SupportedVersion ? null : EngineError.UnsupportedProtocol;
    }

    private EncodedPacket Handshake(string id, Transport transport)
    {
        var body = new ArrayBufferWriter<byte>(160);
        var open = Options.AllowUpgrades ? transport.Upgrades & Options.Transports : SocketIOTransports.None;
        string[] upgrades = [.. _endpoints.Where(endpoint => open.HasFlag(endpoint.Kind)).Select(static endpoint => endpoint.Name)];
        EngineHandshakeWriter.Write(
            body,
            id,
            upgrades,
            (int)Options.PingInterval.TotalMilliseconds,
            (int)Options.PingTimeout.TotalMilliseconds,
            Options.MaxHttpBufferSize);
        return new EncodedPacket(EncodedFrame.Text(EnginePacketType.Open, body.WrittenSpan));
    }

    private async Task RefuseAsync(HttpContext context, EngineError error)
    {
        Log.RequestRefused(Logger, error.Code, error.Message);
        Metrics.RequestRefused(error.Code);
        ReportRefusal(context, error);
        var response = context.Response;
        if (IsUpgradeOfHttp(context))
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
        var message = JsonEncodedText.Encode(error.Message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        await response.WriteAsync($$"""{"code":{{error.Code}},"message":"{{message}}"}""");
    }

    private void ReportRefusal(HttpContext context, EngineError error)
    {
        if (RequestRefused is not { } listeners) return;
        var refusal = new ConnectionError(context, error.Code, error.Message);
        foreach (var listener in Delegate.EnumerateInvocationList(listeners))
        {
            try
            {
                listener(refusal);
            }
            catch (Exception exception)
            {
                Log.ConnectionErrorListenerFailed(Logger, exception);
            }
        }
    }

    /// <summary>Whether the client asks for another protocol, whichever it is.</summary>
    private static bool IsUpgradeOfHttp(HttpContext context) =>
        context.Request.Headers.Upgrade.Count > 0 && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true };
}
