using System.Net;
using System.Net.Sockets;
using System.Text;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

/// <summary>A client of HTTP that sends what it is told, and shows what comes back as it is.</summary>
internal sealed class HttpClientSocket : IDisposable
{
    private readonly TcpSocket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    public IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    public static async Task<HttpClientSocket> ConnectAsync(IPEndPoint server, int? receiveBuffer = null)
    {
        var client = new HttpClientSocket();
        if (receiveBuffer is { } size) client._socket.ReceiveBufferSize = size;
        await client._socket.ConnectAsync(server).Within("the connection");
        return client;
    }

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.Latin1.GetBytes(text)).Within("sending");

    public async Task SendAsync(byte[] bytes) => await _socket.SendAsync(bytes).Within("sending");

    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    /// <summary>What comes, until it contains this.</summary>
    public async Task<string> ReceiveUntilAsync(string end)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            var count = await _socket.ReceiveAsync(buffer).Within(end);
            count.ShouldBePositive($"the connection ended after: {text}");
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    /// <summary>What comes until the server closes; a reset is an end, too.</summary>
    public async Task<string> ReceiveRestAsync()
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await _socket.ReceiveAsync(buffer).Within("the end") is > 0 and var count)
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
        }

        return text.ToString();
    }

    public void Dispose() => _socket.Dispose();
}
