using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Stork.EngineIO.WebSockets;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Tests.EngineIO.WebSockets;
using Stork.Wire;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.Clients;

/// <summary>A WebSocket over bare TCP that reads only when told to, and has little room in between; it can write many packets
/// in one go.</summary>
internal sealed class StalledClient : TestClient
{
    private readonly TcpSocket _socket;
    private readonly NetworkStream _stream;
    private readonly PipeReader _input;
    private readonly WebSocketMessageReader _reader;
    private bool _isDisposed;

    private StalledClient(TcpSocket socket, MessageInflater? inflater)
    {
        _socket = socket;
        _reader = new WebSocketMessageReader(64 << 20, expectMasked: false, inflater);
        _stream = new NetworkStream(socket, ownsSocket: true);
        _input = PipeReader.Create(_stream, new StreamPipeReaderOptions(bufferSize: 4096));
    }

    /// <summary>The head of the server's answer.</summary>
    public string Answer { get; private set; } = "";

    /// <summary>Whether the message that came last was compressed.</summary>
    public bool WasCompressed { get; private set; }

    /// <param name="app">The server.</param>
    /// <param name="query">More of the query.</param>
    /// <param name="extensions">What is offered in the handshake.</param>
    /// <param name="inflater">What compressed messages are read with.</param>
    public static async Task<StalledClient> OpenAsync(
        StorkApp app, string query = "", string? extensions = null, MessageInflater? inflater = null)
    {
        var socket = new TcpSocket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, app.Url.Port)).Within("the connection");
        var client = new StalledClient(socket, inflater);
        await client._stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /socket.io/?EIO=4&transport=websocket{query} HTTP/1.1\r\nHost: 127.0.0.1:{app.Url.Port}\r\n"
            + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            + (extensions is null ? "" : $"Sec-WebSocket-Extensions: {extensions}\r\n") + "\r\n"));
        await client.ReadHttpAnswerAsync();
        client.ReadHandshake(await client.ReceiveAsync());
        return client;
    }

    public override Task SendAsync(params string[] packets)
    {
        var frames = new MemoryStream();
        foreach (var packet in packets) frames.Write(ClientFrame.Text(packet));
        return SendBytesAsync(frames.ToArray());
    }

    public Task SendBytesAsync(byte[] frames) => _stream.WriteAsync(frames.AsMemory()).Within("writing");

    public override async Task<string> ReceiveAsync()
    {
        while (true)
        {
            var result = await ReadAsync();
            var buffer = result.Buffer;
            if (_reader.IsBetweenMessages && !buffer.IsEmpty) WasCompressed = _reader.IsCompressedNext(buffer);
            var isWhole = _reader.TryRead(ref buffer, out var message);
            var text = !isWhole ? null
                : message.Opcode == WebSocketOpcode.Binary ? "b" + Convert.ToBase64String(message.Payload.Span)
                : Encoding.UTF8.GetString(message.Payload.Span);
            _input.AdvanceTo(buffer.Start, isWhole ? buffer.Start : buffer.End);
            if (isWhole && message.Opcode == WebSocketOpcode.Close)
                throw new ConnectionClosedException($"close {(int)message.CloseCode}");
            if (text is not null) return text;
            if (result.IsCompleted) throw new ConnectionClosedException("end");
        }
    }

    public override ValueTask DisposeAsync()
    {
        if (_isDisposed) return ValueTask.CompletedTask;
        _isDisposed = true;
        // A reset instead of an orderly end: nobody waits for bytes that were never read.
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<ReadResult> ReadAsync()
    {
        try
        {
            return await _input.ReadAsync().Within("bytes");
        }
        catch (IOException broken)
        {
            throw new ConnectionClosedException("broken", broken);
        }
    }

    private async Task ReadHttpAnswerAsync()
    {
        while (true)
        {
            var result = await ReadAsync();
            var reader = new SequenceReader<byte>(result.Buffer);
            if (reader.TryReadTo(out ReadOnlySequence<byte> head, "\r\n\r\n"u8))
            {
                Answer = Encoding.ASCII.GetString(head);
                Answer.ShouldStartWith("HTTP/1.1 101");
                _input.AdvanceTo(reader.Position);
                return;
            }

            _input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
