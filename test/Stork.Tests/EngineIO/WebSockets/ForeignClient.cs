using System.Net.Security;
using System.Net.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>The WebSocket client of .NET, which knows nothing of ours.</summary>
internal sealed class ForeignClient : IDisposable
{
    private readonly ClientWebSocket _socket;
    private readonly HttpMessageInvoker? _owned;

    private ForeignClient(ClientWebSocket socket, HttpMessageInvoker? owned)
    {
        _socket = socket;
        _owned = owned;
    }

    public ClientWebSocket Socket => _socket;

    public static HttpMessageInvoker CreateInvoker() => new(new SocketsHttpHandler
    {
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, presented, _, _) => WebSocketServer.IsOwn(presented),
        },
    });

    public static async Task<ForeignClient> ConnectAsync(
        WebSocketServer server, Version version, HttpMessageInvoker? invoker = null, Action<ClientWebSocketOptions>? configure = null)
    {
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = version;
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        configure?.Invoke(socket.Options);
        var owned = invoker is null ? CreateInvoker() : null;
        await socket.ConnectAsync(server.Url, invoker ?? owned!, CancellationToken.None).Within("the handshake");
        return new ForeignClient(socket, owned);
    }

    public async Task EchoesAsync(WebSocketMessageType type, byte[] payload, int fragmentSize = int.MaxValue)
    {
        var sending = SendAsync(type, payload, fragmentSize);
        var received = new MemoryStream();
        var buffer = new byte[8192];
        ValueWebSocketReceiveResult result;
        do
        {
            result = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).AsTask().Within("the echo");
            received.Write(buffer, 0, result.Count);
        }
        while (!result.EndOfMessage);

        await sending;
        result.MessageType.ShouldBe(type);
        var opcode = type == WebSocketMessageType.Text ? WebSocketOpcode.Text : WebSocketOpcode.Binary;
        Transcript.Describe(opcode, received.ToArray()).ShouldBe(Transcript.Describe(opcode, payload));
    }

    public async Task CloseAsync()
    {
        await _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None).Within("the closing handshake");
        _socket.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        _socket.CloseStatusDescription.ShouldBe("bye");
    }

    public async Task UntilCutAsync() =>
        await Should.ThrowAsync<WebSocketException>(
            () => _socket.ReceiveAsync(new byte[1].AsMemory(), CancellationToken.None).AsTask().Within("the connection to be cut"));

    public void Abort() => _socket.Abort();

    public void Dispose()
    {
        _socket.Dispose();
        _owned?.Dispose();
    }

    private async Task SendAsync(WebSocketMessageType type, byte[] payload, int fragmentSize)
    {
        var start = 0;
        do
        {
            var length = Math.Min(fragmentSize, payload.Length - start);
            var last = start + length == payload.Length;
            var sending = _socket.SendAsync(payload.AsMemory(start, length), type, last, CancellationToken.None).AsTask();
            await sending.Within("a fragment to be sent");
            start += length;
        }
        while (start < payload.Length);
    }
}
