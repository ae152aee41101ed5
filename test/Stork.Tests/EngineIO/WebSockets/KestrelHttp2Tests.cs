using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Stork.EngineIO.WebSockets;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>WebSockets over HTTP/2 (RFC 8441), whose streams share a connection that is not ours to take.</summary>
public sealed class KestrelHttp2Tests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Accepts_an_extended_CONNECT_and_echoes(bool tls)
    {
        string? protocol = null;
        await using var server = await WebSocketServer.StartAsync(
            context =>
            {
                protocol = $"{context.Request.Method} {context.Request.Protocol}";
                return EchoHandler.HandleAsync(context);
            },
            HttpProtocols.Http2,
            tls);
        using var client = await ForeignClient.ConnectAsync(server, HttpVersion.Version20);

        await client.EchoesAsync(WebSocketMessageType.Text, "hello"u8.ToArray());
        await client.EchoesAsync(WebSocketMessageType.Binary, new byte[300_000]);
        await client.CloseAsync();

        protocol.ShouldBe("CONNECT HTTP/2");
        await server.Requests.Single().Within("the request to end");
        await server.StopAsync();
    }

    [Fact]
    public async Task Does_not_touch_the_connection_that_the_streams_share()
    {
        var same = true;
        await using var server = await WebSocketServer.StartAsync(
            async context =>
            {
                await using var connection = await WebSocketHandshake.AcceptAsync(context);
                var transport = context.Features.Get<IConnectionTransportFeature>()?.Transport;
                same = ReferenceEquals(transport?.Input, connection.Input) || ReferenceEquals(transport?.Output, connection.Output);
                await EchoHandler.RunAsync(connection);
            },
            HttpProtocols.Http2);
        using var invoker = ForeignClient.CreateInvoker();
        using var first = await ForeignClient.ConnectAsync(server, HttpVersion.Version20, invoker);
        using var second = await ForeignClient.ConnectAsync(server, HttpVersion.Version20, invoker);

        await first.EchoesAsync(WebSocketMessageType.Text, "first"u8.ToArray());
        await second.EchoesAsync(WebSocketMessageType.Text, "second"u8.ToArray());
        await first.CloseAsync();
        await second.EchoesAsync(WebSocketMessageType.Text, "still here"u8.ToArray());
        await second.CloseAsync();

        same.ShouldBeFalse();
    }

    [Fact]
    public async Task Lasts_beyond_the_limit_for_a_request_body()
    {
        await using var server = await WebSocketServer.StartAsync(
            EchoHandler.HandleAsync, HttpProtocols.Http2, configure: options => options.Limits.MaxRequestBodySize = 1000);
        using var client = await ForeignClient.ConnectAsync(server, HttpVersion.Version20);

        for (var i = 0; i < 10; i++)
            await client.EchoesAsync(WebSocketMessageType.Binary, new byte[900]);
        await client.EchoesAsync(WebSocketMessageType.Binary, new byte[50_000]);
        await client.CloseAsync();
    }

    [Fact]
    public async Task An_abort_ends_its_stream_and_no_other()
    {
        var connections = new List<WebSocketConnection>();
        await using var server = await WebSocketServer.StartAsync(
            async context =>
            {
                await using var connection = await WebSocketHandshake.AcceptAsync(context);
                lock (connections)
                    connections.Add(connection);
                await EchoHandler.RunUntilEndAsync(connection);
            },
            HttpProtocols.Http2);
        using var invoker = ForeignClient.CreateInvoker();
        using var first = await ForeignClient.ConnectAsync(server, HttpVersion.Version20, invoker);
        await first.EchoesAsync(WebSocketMessageType.Text, "first"u8.ToArray());
        using var second = await ForeignClient.ConnectAsync(server, HttpVersion.Version20, invoker);
        await second.EchoesAsync(WebSocketMessageType.Text, "second"u8.ToArray());

        connections[0].Abort();

        await first.UntilCutAsync();
        await server.Requests.First().Within("the aborted request to end");
        connections[0].Abort();
        await second.EchoesAsync(WebSocketMessageType.Text, "still here"u8.ToArray());
        await second.CloseAsync();
    }

    [Fact]
    public async Task Ends_the_request_when_the_client_aborts()
    {
        await using var server = await WebSocketServer.StartAsync(EchoHandler.HandleAsync, HttpProtocols.Http2);
        using var client = await ForeignClient.ConnectAsync(server, HttpVersion.Version20);
        await client.EchoesAsync(WebSocketMessageType.Text, "hello"u8.ToArray());

        client.Abort();

        await server.Requests.Single().Within("the request to end");
        await server.StopAsync();
    }

    [Fact]
    public async Task Stopping_the_server_at_once_cuts_open_streams()
    {
        await using var server = await WebSocketServer.StartAsync(EchoHandler.HandleAsync, HttpProtocols.Http2);
        using var client = await ForeignClient.ConnectAsync(server, HttpVersion.Version20);
        await client.EchoesAsync(WebSocketMessageType.Text, "hello"u8.ToArray());

        await server.StopAsync(patient: false);

        await server.Requests.Single().Within("the request to end");
        await client.UntilCutAsync();
    }

    [Fact]
    public async Task Is_no_WebSocket_request_when_the_protocol_of_the_CONNECT_is_another()
    {
        bool? isWebSocket = null;
        await using var server = await WebSocketServer.StartAsync(
            context =>
            {
                context.Features.Set<IHttpExtendedConnectFeature>(new OtherProtocol());
                isWebSocket = WebSocketHandshake.IsWebSocketRequest(context);
                context.Response.StatusCode = StatusCodes.Status501NotImplemented;
                return Task.CompletedTask;
            },
            HttpProtocols.Http2);

        await Should.ThrowAsync<WebSocketException>(() => ForeignClient.ConnectAsync(server, HttpVersion.Version20));

        isWebSocket.ShouldBe(false);
    }

    private sealed class OtherProtocol : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect => true;

        public string Protocol => "connect-udp";

        public ValueTask<Stream> AcceptAsync() => throw new NotSupportedException();
    }
}
