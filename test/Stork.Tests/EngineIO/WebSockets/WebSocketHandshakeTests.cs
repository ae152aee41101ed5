using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Stork.EngineIO.WebSockets;

namespace Stork.Tests.EngineIO.WebSockets;

public sealed class WebSocketHandshakeTests
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    [Fact]
    public void Knows_a_handshake() => WebSocketHandshake.IsWebSocketRequest(CreateContext()).ShouldBeTrue();

    [Theory]
    [InlineData("Upgrade", "WebSocket")]
    [InlineData("Upgrade", "h2c, websocket")]
    [InlineData("Upgrade", "websocket,h2c")]
    [InlineData("Connection", "upgrade")]
    [InlineData("Connection", "keep-alive, Upgrade")]
    [InlineData("Connection", "Upgrade,keep-alive")]
    [InlineData("Connection", " ,\tUPGRADE , ,")]
    [InlineData("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")]
    [InlineData("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")]
    [InlineData("Sec-WebSocket-Extensions", "\"\\\";;;===,,, constructor, __proto__; hasOwnProperty=\"\u00FF")]
    [InlineData("Sec-WebSocket-Protocol", "chat, superchat")]
    [InlineData("Sec-WebSocket-Protocol", " ,,,\t;=\"")]
    [InlineData("Origin", "null")]
    public void Accepts(string header, string value)
    {
        var context = CreateContext();
        context.Request.Headers[header] = value;

        WebSocketHandshake.IsWebSocketRequest(context).ShouldBeTrue();
    }

    [Theory]
    [InlineData("Upgrade", null)]
    [InlineData("Upgrade", "")]
    [InlineData("Upgrade", "h2c")]
    [InlineData("Upgrade", "websocket2")]
    [InlineData("Upgrade", "web socket")]
    [InlineData("Connection", null)]
    [InlineData("Connection", "keep-alive")]
    [InlineData("Connection", "upgraded")]
    [InlineData("Connection", "up grade")]
    [InlineData("Sec-WebSocket-Version", null)]
    [InlineData("Sec-WebSocket-Version", "")]
    [InlineData("Sec-WebSocket-Version", "8")]
    [InlineData("Sec-WebSocket-Version", "12")]
    [InlineData("Sec-WebSocket-Version", "14")]
    [InlineData("Sec-WebSocket-Version", "013")]
    [InlineData("Sec-WebSocket-Version", "13, 8")]
    [InlineData("Sec-WebSocket-Version", "thirteen")]
    [InlineData("Sec-WebSocket-Key", null)]
    [InlineData("Sec-WebSocket-Key", "")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ= ")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQA=")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQAA")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ!==")]
    [InlineData("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j\u00FFQ==")]
    [InlineData("Sec-WebSocket-Key", "========================")]
    [InlineData("Sec-WebSocket-Key", "                        ")]
    public void Refuses(string header, string? value)
    {
        var context = CreateContext();
        context.Request.Headers[header] = value;

        WebSocketHandshake.IsWebSocketRequest(context).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version", "13")]
    [InlineData("Sec-WebSocket-Key", Key)]
    public void Refuses_a_header_given_twice(string header, string value)
    {
        var context = CreateContext();
        context.Request.Headers[header] = new[] { value, value };

        WebSocketHandshake.IsWebSocketRequest(context).ShouldBeFalse();
    }

    [Fact]
    public void Takes_lists_that_are_spread_over_several_headers()
    {
        var context = CreateContext();
        context.Request.Headers.Connection = new[] { "keep-alive", null, "Upgrade" };
        context.Request.Headers.Upgrade = new[] { "h2c", "websocket" };

        WebSocketHandshake.IsWebSocketRequest(context).ShouldBeTrue();
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("HEAD")]
    [InlineData("CONNECT")]
    public void Refuses_a_method_other_than_GET(string method)
    {
        var context = CreateContext();
        context.Request.Method = method;

        WebSocketHandshake.IsWebSocketRequest(context).ShouldBeFalse();
    }

    [Theory]
    [InlineData("HTTP/1.0")]
    [InlineData("HTTP/2")]
    [InlineData("HTTP/3")]
    public void Refuses_an_upgrade_outside_HTTP_1_1(string protocol)
    {
        var context = CreateContext();
        context.Request.Protocol = protocol;

        WebSocketHandshake.IsWebSocketRequest(context).ShouldBeFalse();
    }

    [Fact]
    public void Refuses_what_the_server_cannot_upgrade()
    {
        WebSocketHandshake.IsWebSocketRequest(CreateContext(new Upgrade { IsUpgradableRequest = false })).ShouldBeFalse();
        WebSocketHandshake.IsWebSocketRequest(CreateContext(upgrade: null)).ShouldBeFalse();
    }

    [Fact]
    public void Takes_an_extended_CONNECT_without_key_and_upgrade()
    {
        var context = CreateContext(upgrade: null);
        context.Request.Headers.Clear();
        context.Request.Headers.SecWebSocketVersion = "13";
        context.Features.Set<IHttpExtendedConnectFeature>(new ExtendedConnect());

        WebSocketHandshake.IsWebSocketRequest(context).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false, "websocket", "13")]
    [InlineData(true, "connect-udp", "13")]
    [InlineData(true, null, "13")]
    [InlineData(true, "websocket", "8")]
    [InlineData(true, "websocket", null)]
    public void Refuses_another_CONNECT(bool isExtended, string? protocol, string? version)
    {
        var context = CreateContext(upgrade: null);
        context.Request.Headers.SecWebSocketVersion = version;
        context.Features.Set<IHttpExtendedConnectFeature>(new ExtendedConnect { IsExtendedConnect = isExtended, Protocol = protocol });

        WebSocketHandshake.IsWebSocketRequest(context).ShouldBeFalse();
    }

    [Fact]
    public async Task Does_not_accept_what_is_no_handshake()
    {
        var upgrade = new Upgrade();
        var context = CreateContext(upgrade);
        context.Request.Headers.SecWebSocketVersion = "12";

        await Should.ThrowAsync<InvalidOperationException>(() => WebSocketHandshake.AcceptAsync(context));

        upgrade.Upgraded.ShouldBeFalse();
        context.Response.Headers.ShouldBeEmpty();
    }

    [Fact]
    public async Task Passes_on_that_the_server_has_no_room_for_another_upgrade()
    {
        var context = CreateContext(new Upgrade { Refusal = new InvalidOperationException("full") });

        (await Should.ThrowAsync<InvalidOperationException>(() => WebSocketHandshake.AcceptAsync(context))).Message.ShouldBe("full");
    }

    [Fact]
    public async Task Answers_the_key_and_lifts_the_time_limit_of_the_request()
    {
        var timeout = new RequestTimeout();
        var context = CreateContext();
        context.Features.Set<IHttpRequestTimeoutFeature>(timeout);
        context.Response.Headers["X-Mine"] = "kept";

        await using var connection = await WebSocketHandshake.AcceptAsync(context);

        context.Response.Headers.SecWebSocketAccept.ToString().ShouldBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        context.Response.Headers.Upgrade.ToString().ShouldBe("websocket");
        context.Response.Headers.Connection.ToString().ShouldBe("Upgrade");
        context.Response.Headers["X-Mine"].ToString().ShouldBe("kept");
        timeout.Disabled.ShouldBeTrue();
    }

    [Fact]
    public async Task Reads_and_writes_the_stream_of_a_server_that_has_no_pipes()
    {
        var upgrade = new Upgrade { Stream = new TwoWayStream("from the client"u8.ToArray()) };
        await using (var connection = await WebSocketHandshake.AcceptAsync(CreateContext(upgrade)))
        {
            var read = await connection.Input.ReadAsync();
            read.Buffer.Length.ShouldBe(15);
            connection.Input.AdvanceTo(read.Buffer.End);
            await connection.Output.WriteAsync("from the server"u8.ToArray());
            connection.Output.Write("never flushed"u8);
        }

        upgrade.Stream.Written.ToArray().ShouldBe("from the server"u8.ToArray());
        upgrade.Stream.Disposed.ShouldBeFalse("the stream belongs to the server");
        upgrade.Stream.FirstReadLength.ShouldBe(0, "waiting for bytes must not hold a buffer");
    }

    [Fact]
    public async Task Aborts_the_request_only_while_it_is_its_own()
    {
        var lifetime = new RequestLifetime();
        var context = CreateContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(lifetime);
        var connection = await WebSocketHandshake.AcceptAsync(context);

        connection.Abort();
        lifetime.Aborts.ShouldBe(1);

        await connection.DisposeAsync();
        connection.Abort();
        lifetime.Aborts.ShouldBe(1);
    }

    private static DefaultHttpContext CreateContext() => CreateContext(new Upgrade());

    private static DefaultHttpContext CreateContext(IHttpUpgradeFeature? upgrade)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "GET";
        context.Request.Protocol = "HTTP/1.1";
        context.Request.Headers.Upgrade = "websocket";
        context.Request.Headers.Connection = "Upgrade";
        context.Request.Headers.SecWebSocketVersion = "13";
        context.Request.Headers.SecWebSocketKey = Key;
        context.Features.Set(upgrade);
        return context;
    }

    private sealed class Upgrade : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest { get; init; } = true;

        public Exception? Refusal { get; init; }

        public TwoWayStream Stream { get; init; } = new([]);

        public bool Upgraded { get; private set; }

        public Task<Stream> UpgradeAsync()
        {
            Upgraded = true;
            return Refusal is null ? Task.FromResult<Stream>(Stream) : Task.FromException<Stream>(Refusal);
        }
    }

    private sealed class ExtendedConnect : IHttpExtendedConnectFeature
    {
        public bool IsExtendedConnect { get; init; } = true;

        public string? Protocol { get; init; } = "websocket";

        public ValueTask<Stream> AcceptAsync() => new(new TwoWayStream([]));
    }

    private sealed class RequestLifetime : IHttpRequestLifetimeFeature
    {
        public int Aborts { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Aborts++;
    }

    private sealed class RequestTimeout : IHttpRequestTimeoutFeature
    {
        public bool Disabled { get; private set; }

        public CancellationToken RequestTimeoutToken => CancellationToken.None;

        public void DisableTimeout() => Disabled = true;
    }
}
