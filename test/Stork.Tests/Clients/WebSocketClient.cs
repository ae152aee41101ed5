using System.Net.WebSockets;
using System.Text;

namespace Stork.Tests.Clients;

/// <summary>Engine.IO over the framework's own WebSocket.</summary>
internal sealed class WebSocketClient : TestClient
{
    private readonly ClientWebSocket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];

    private WebSocketClient(ClientWebSocket socket) => _socket = socket;

    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public static async Task<WebSocketClient> OpenAsync(
        StorkApp app, string path = "/socket.io/", string query = "", Action<ClientWebSocketOptions>? configure = null)
    {
        var client = await DialAsync(app, path, query, configure);
        client.ReadHandshake(await client.ReceiveAsync());
        return client;
    }

    /// <summary>The WebSocket of an upgrade: no handshake of its own comes.</summary>
    public static Task<WebSocketClient> OpenProbeAsync(StorkApp app, string sessionId) =>
        DialAsync(app, "/socket.io/", "&sid=" + sessionId, configure: null);

    public override async Task SendAsync(params string[] packets)
    {
        foreach (var packet in packets)
        {
            var bytes = Encoding.UTF8.GetBytes(packet);
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, endOfMessage: true, default).Within("sending");
        }
    }

    public Task SendAsync(byte[] binary) =>
        _socket.SendAsync(binary, WebSocketMessageType.Binary, endOfMessage: true, default).Within("sending");

    public override async Task<string> ReceiveAsync()
    {
        var message = new MemoryStream();
        try
        {
            while (true)
            {
                var result = await _socket.ReceiveAsync(_buffer, default).Within("a packet");
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    if (_socket.State == WebSocketState.CloseReceived) await CloseAsync();
                    throw new ConnectionClosedException($"close {(int?)result.CloseStatus}");
                }

                message.Write(_buffer, 0, result.Count);
                if (!result.EndOfMessage) continue;
                return result.MessageType == WebSocketMessageType.Text
                    ? Encoding.UTF8.GetString(message.ToArray())
                    : "b" + Convert.ToBase64String(message.ToArray());
            }
        }
        catch (WebSocketException broken)
        {
            throw new ConnectionClosedException("broken", broken);
        }
    }

    /// <summary>The client's part of a clean end.</summary>
    public Task CloseAsync(WebSocketCloseStatus status = WebSocketCloseStatus.NormalClosure) =>
        _socket.CloseOutputAsync(status, "", default).Within("sending a close frame");

    public override ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<WebSocketClient> DialAsync(StorkApp app, string path, string query, Action<ClientWebSocketOptions>? configure)
    {
        var socket = new ClientWebSocket();
        configure?.Invoke(socket.Options);
        var url = new UriBuilder(app.Url) { Scheme = "ws", Path = path, Query = "EIO=4&transport=websocket" + query }.Uri;
        await socket.ConnectAsync(url, default).Within("the WebSocket handshake");
        return new WebSocketClient(socket);
    }
}
