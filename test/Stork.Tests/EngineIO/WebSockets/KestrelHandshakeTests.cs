using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Stork.EngineIO.WebSockets;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>Handshakes on the wire, with a foreign client and with whatever a hostile one sends.</summary>
public sealed class KestrelHandshakeTests
{
    [Theory]
    [InlineData(false, HttpProtocols.Http1)]
    [InlineData(true, HttpProtocols.Http1)]
    [InlineData(true, HttpProtocols.Http1AndHttp2)]
    public async Task Talks_to_the_client_of_dotnet(bool tls, HttpProtocols protocols)
    {
        await using var server = await WebSocketServer.StartAsync(EchoHandler.HandleAsync, protocols, tls);
        using var client = await ForeignClient.ConnectAsync(server, HttpVersion.Version11, configure: options =>
        {
            options.AddSubProtocol("chat");
            options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        });

        client.Socket.SubProtocol.ShouldBe("chat");
        await client.EchoesAsync(WebSocketMessageType.Text, Encoding.UTF8.GetBytes("Grüße, 世界 😀"));
        await client.EchoesAsync(WebSocketMessageType.Binary, []);
        await client.EchoesAsync(WebSocketMessageType.Binary, new byte[EchoHandler.MaxMessageSize]);
        await client.EchoesAsync(WebSocketMessageType.Text, Encoding.UTF8.GetBytes("Grüße, 世界 😀"), fragmentSize: 1);
        await client.EchoesAsync(WebSocketMessageType.Binary, new byte[100_000], fragmentSize: 999);
        await client.CloseAsync();
        await server.Requests.Single().Within("the request to end");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("GET / HTTP/1.1", "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits, x-webkit-deflate-frame")]
    [InlineData("GET / HTTP/1.1", "Sec-WebSocket-Extensions: \";;;,,,=== constructor; __proto__=\"")]
    [InlineData("GET / HTTP/1.1", "Sec-WebSocket-Protocol: ,,,;;; a b c")]
    [InlineData("GET /?a=%00%ff%zz HTTP/1.1", "Origin: null")]
    public async Task Ignores_garbage_that_does_not_concern_it(string requestLine, string header)
    {
        await using var server = await WebSocketServer.StartAsync(EchoHandler.HandleAsync);
        await using var client = await RawClient.ConnectAsync(server);

        await client.SendAsync($"{requestLine}\r\n{header}\r\n{RawClient.Handshake[(RawClient.Handshake.IndexOf('\n') + 1)..]}");

        var head = await client.ReadHeadAsync();
        head.ShouldStartWith("HTTP/1.1 101 ");
        head.ShouldNotContain("Sec-WebSocket-Extensions");
        head.ShouldNotContain("Sec-WebSocket-Protocol");
    }

    [Theory]
    [InlineData("Upgrade: websocket\r\n", "")]
    [InlineData("Upgrade: websocket\r\n", "Upgrade: h2c\r\n")]
    [InlineData("Connection: Upgrade\r\n", "Connection: close\r\n")]
    [InlineData("Sec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Version: 8\r\n")]
    [InlineData("Sec-WebSocket-Version: 13\r\n", "")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")]
    [InlineData("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Sec-WebSocket-Key: short\r\n")]
    [InlineData("GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\n")]
    [InlineData("GET / HTTP/1.1\r\n", "GET / HTTP/1.0\r\n")]
    public async Task Leaves_other_requests_to_the_caller(string part, string replacement)
    {
        await using var server = await WebSocketServer.StartAsync(EchoHandler.HandleAsync);
        await using var client = await RawClient.ConnectAsync(server);
        RawClient.Handshake.ShouldContain(part);

        await client.SendAsync(RawClient.Handshake.Replace(part, replacement, StringComparison.Ordinal));

        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 400 ");
    }

    [Theory]
    [InlineData("Content-Length: 5", "hello")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n")]
    public async Task Does_not_take_a_request_body_for_frames(string header, string body)
    {
        await using var server = await WebSocketServer.StartAsync(EchoHandler.HandleAsync);
        await using var client = await RawClient.ConnectAsync(server);

        await client.SendAsync($"{RawClient.Handshake[..^2]}{header}\r\n\r\n{body}");

        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 400 ");
    }

    [Fact]
    public async Task Refuses_one_connection_more_than_Kestrel_may_upgrade()
    {
        await using var server = await WebSocketServer.StartAsync(
            async context =>
            {
                try
                {
                    await EchoHandler.HandleAsync(context);
                }
                catch (InvalidOperationException)
                {
                    context.Response.Headers.Remove("Upgrade");
                    context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                }
            },
            configure: options => options.Limits.MaxConcurrentUpgradedConnections = 1);
        await using var first = await RawClient.UpgradeAsync(server);
        await using var second = await RawClient.ConnectAsync(server);

        await second.SendAsync(RawClient.Handshake);

        (await second.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 503 ");
    }

    [Fact]
    public async Task Respects_a_middleware_that_wants_to_see_the_bytes()
    {
        Spy? spy = null;
        await using var server = await WebSocketServer.StartAsync(EchoHandler.HandleAsync);
        server.Before = (context, next) =>
        {
            context.Features.Set<IHttpUpgradeFeature>(spy = new Spy(context.Features.Get<IHttpUpgradeFeature>()!));
            return next(context);
        };
        using var client = await ForeignClient.ConnectAsync(server, HttpVersion.Version11);

        await client.EchoesAsync(WebSocketMessageType.Binary, new byte[100_000]);
        await client.CloseAsync();

        await server.Requests.Single().Within("the request to end");
        spy!.Stream!.BytesRead.ShouldBeGreaterThan(100_000);
        spy.Stream.BytesWritten.ShouldBeGreaterThan(100_000);
        await server.Memory.UntilHeld(held => held == 0, "the buffers of the ended connection");
    }

    [Fact]
    public async Task Ends_over_a_stream_when_the_connection_is_aborted()
    {
        WebSocketConnection? accepted = null;
        await using var server = await WebSocketServer.StartAsync(async context =>
        {
            await using var connection = accepted = await WebSocketHandshake.AcceptAsync(context);
            connection.Input.ShouldNotBeSameAs(context.Features.Get<IConnectionTransportFeature>()!.Transport.Input);
            await EchoHandler.RunUntilEndAsync(connection);
        });
        server.Before = (context, next) =>
        {
            context.Features.Set<IHttpUpgradeFeature>(new Spy(context.Features.Get<IHttpUpgradeFeature>()!));
            return next(context);
        };
        using var client = await ForeignClient.ConnectAsync(server, HttpVersion.Version11);
        await client.EchoesAsync(WebSocketMessageType.Text, "hello"u8.ToArray());

        accepted!.Abort();

        await client.UntilCutAsync();
        await server.Requests.Single().Within("the request to end");
    }

    private sealed class Spy(IHttpUpgradeFeature inner) : IHttpUpgradeFeature
    {
        public SpyStream? Stream { get; private set; }

        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync() => Stream = new SpyStream(await inner.UpgradeAsync());
    }
}
