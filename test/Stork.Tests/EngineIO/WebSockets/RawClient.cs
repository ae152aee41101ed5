using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Stork.EngineIO.WebSockets;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>A client that writes what it is told, byte for byte, over a socket or TLS.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    public const string Handshake =
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

    private readonly TcpSocket _socket;
    private readonly Stream _stream;
    private readonly PipeReader _input;
    private readonly WebSocketMessageReader _reader = new(16 << 20, expectMasked: false);

    private RawClient(TcpSocket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
        _input = PipeReader.Create(stream);
    }

    public static async Task<RawClient> ConnectAsync(WebSocketServer server)
    {
        var socket = new TcpSocket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Port)).Within("the connection");
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (server.IsTls)
        {
            var tls = new SslStream(stream, leaveInnerStreamOpen: false, (_, presented, _, _) => WebSocketServer.IsOwn(presented));
            await tls.AuthenticateAsClientAsync("127.0.0.1").Within("the TLS handshake");
            stream = tls;
        }

        return new RawClient(socket, stream);
    }

    public static async Task<RawClient> UpgradeAsync(WebSocketServer server)
    {
        var client = await ConnectAsync(server);
        await client.SendAsync(Handshake);
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        return client;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes).AsTask().Within("the bytes to be sent");

    /// <summary>The response's head up to and with the empty line.</summary>
    public async Task<string> ReadHeadAsync()
    {
        while (true)
        {
            var read = await _input.ReadAsync().AsTask().Within("the response's head");
            var text = Encoding.Latin1.GetString(read.Buffer);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 || read.IsCompleted)
            {
                var length = end < 0 ? text.Length : end + 4;
                _input.AdvanceTo(read.Buffer.GetPosition(length));
                return text[..length];
            }

            _input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>The next message in the words of <see cref="Transcript"/>; null at the end of the connection.</summary>
    public async Task<string?> ReadMessageAsync()
    {
        while (true)
        {
            var read = await _input.ReadAsync().AsTask().Within("a message");
            var buffer = read.Buffer;
            var found = _reader.TryRead(ref buffer, out var message);
            var line = found ? Transcript.Describe(message) : null;
            _input.AdvanceTo(buffer.Start, found ? buffer.Start : buffer.End);
            if (found || read.IsCompleted)
                return line;
        }
    }

    /// <summary>Reads on until the server has closed, in whichever way.</summary>
    public async Task UntilClosedAsync()
    {
        try
        {
            while (await ReadMessageAsync() is not null)
            {
            }
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }
    }

    /// <summary>Sends a RST instead of a FIN.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        _reader.Dispose();
        await _stream.DisposeAsync();
    }
}
