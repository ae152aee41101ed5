using Microsoft.AspNetCore.Http;
using Stork.EngineIO.WebSockets;

namespace Stork.EngineIO.Transports;

/// <summary>WebSockets that open a session, or may become the transport of one that polls.</summary>
internal sealed class WebSocketEndpoint(EngineServer server) : TransportEndpoint
{
    public override SocketIOTransports Kind => SocketIOTransports.WebSocket;

    public override string Name => "websocket";

    public override bool NeedsUpgrade => true;

    public override bool IsUpgrade(HttpContext context) => WebSocketHandshake.IsWebSocketRequest(context);

    public override Task OpenAsync(HttpContext context, string id)
    {
        // The answer usually leaves at once; what waits for the connection's end is then the transport alone, and no state of this method.
        var accepting = AcceptAsync(context, isFollowedByOutput: true);
        return accepting.IsCompletedSuccessfully ? OpenAsync(context, accepting.Result, id) : AcceptedAsync();

        async Task AcceptedAsync()
        {
            if (await OrRefusedAsync(context, accepting) is { } socket) await OpenAsync(context, socket, id);
        }
    }

    public override Task? TryServe(HttpContext context, EngineConnection connection, bool isUpgrade) =>
        isUpgrade ? UpgradeAsync(context, connection) : null;

    private Task<WebSocketConnection> AcceptAsync(HttpContext context, bool isFollowedByOutput) =>
        WebSocketHandshake.AcceptAsync(
            context, server.Options.TakeOverConnections, isFollowedByOutput, server.Options.PerMessageDeflate);

    private Task OpenAsync(HttpContext context, WebSocketConnection socket, string id)
    {
        server.Takeovers.Report(socket.Takeover);
        var connection = server.CreateConnection(id);
        var transport = new WebSocketTransport(connection, socket, isProbe: false, new EngineQuery(context.Request).IsTextOnly);
        server.Open(connection, transport, context);
        return socket.ServeAsync(transport);
    }

    private async Task UpgradeAsync(HttpContext context, EngineConnection connection)
    {
        server.ShareHeaders(context.Request);
        if (await OrRefusedAsync(context, AcceptAsync(context, isFollowedByOutput: false)) is not { } socket) return;
        server.Takeovers.Report(socket.Takeover);
        var transport = new WebSocketTransport(connection, socket, isProbe: true, new EngineQuery(context.Request).IsTextOnly);
        // Refused or not, the client gets its 101 first and then sees the connection end, as with the original.
        if (!connection.TryBeginUpgrade(transport)) transport.Refuse();
        await socket.ServeAsync(transport);
    }

    /// <summary>
    /// The accepted WebSocket; null, with the answer set, if the web server has as many upgraded connections as it may have.
    /// </summary>
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
}
