using System.Net.WebSockets;
using System.Text;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Conformance;

/// <summary>Single frames over a WebSocket; heartbeats are answered on the way.</summary>
internal sealed class Wire : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    public static async Task<Wire> ConnectAsync(Uri url)
    {
        var wire = new Wire();
        await wire._socket.ConnectAsync(url, TestContext.Current.CancellationToken).Within("the WebSocket to open");
        return wire;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(byte[] data) => SendAsync(data, WebSocketMessageType.Binary);

    /// <summary>The next frame that is no ping: text as it is, binary in hexadecimal digits, null at the end of the connection.</summary>
    public async Task<string?> ReadAsync()
    {
        while (true)
        {
            WebSocketReceiveResult frame;
            try
            {
                frame = await _socket.ReceiveAsync(_buffer, TestContext.Current.CancellationToken).Within("a frame, or the end");
            }
            catch (WebSocketException)
            {
                return null;
            }

            if (frame.MessageType == WebSocketMessageType.Close) return null;
            if (frame.MessageType == WebSocketMessageType.Binary) return Convert.ToHexString(_buffer.AsSpan(0, frame.Count));
            var text = Encoding.UTF8.GetString(_buffer, 0, frame.Count);
            if (text != "2") return text;
            await SendAsync("3");
        }
    }

    public void Dispose() => _socket.Dispose();

    private Task SendAsync(byte[] data, WebSocketMessageType type) =>
        _socket.SendAsync(data, type, endOfMessage: true, TestContext.Current.CancellationToken).Within("a frame to leave");
}
