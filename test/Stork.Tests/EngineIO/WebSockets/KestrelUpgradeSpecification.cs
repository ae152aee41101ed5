using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Stork.EngineIO.Takeover;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>
/// What an upgraded HTTP/1.1 connection of Kestrel must do, in the clear and over TLS, within its request and taken over from it.
/// </summary>
public abstract partial class KestrelUpgradeSpecification(bool tls, bool takesOver)
{
    private static readonly string Hello = Transcript.Describe(WebSocketOpcode.Text, "hello"u8);

    [Fact]
    public async Task Answers_the_handshake_of_the_RFC_with_its_accept_key()
    {
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
        await using var client = await RawClient.ConnectAsync(server);
        await client.SendAsync(RawClient.Handshake);

        var head = await client.ReadHeadAsync();

        head.ShouldStartWith("HTTP/1.1 101 Switching Protocols\r\n");
        head.ShouldContain("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
        head.ShouldContain("\r\nUpgrade: websocket\r\n");
        head.ShouldContain("\r\nConnection: Upgrade\r\n");
        head.ShouldNotContain("Sec-WebSocket-Extensions");
        head.ShouldNotContain("Sec-WebSocket-Protocol");
    }

    [Fact]
    public async Task Uses_the_connection_itself_and_not_the_HTTP_layer()
    {
        IDuplexPipe? transport = null;
        WebSocketConnection? accepted = null;
        await using var server = await StartAsync(
            connection =>
            {
                accepted = connection;
                return Task.CompletedTask;
            },
            context => transport = context.Features.Get<IConnectionTransportFeature>()!.Transport);
        await using var client = await RawClient.UpgradeAsync(server);
        await client.UntilClosedAsync();

        if (takesOver) transport = transport.ShouldBeOfType<LentConnection>().RealTransport;
        accepted!.Takeover.ShouldBe(takesOver ? TakeoverOutcome.TakenOver : TakeoverOutcome.SwitchedOff);
        accepted.Input.ShouldBeSameAs(transport!.Input);
        accepted.Output.ShouldBeSameAs(transport.Output);
    }

    [Fact]
    public async Task Reads_frames_sent_in_the_same_segment_as_the_handshake()
    {
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
        await using var client = await RawClient.ConnectAsync(server);
        var frames = ClientFrame.Concat(ClientFrame.Text("hello"), ClientFrame.Of(WebSocketOpcode.Ping, "x"u8));
        await client.SendAsync(ClientFrame.Concat(Encoding.Latin1.GetBytes(RawClient.Handshake), frames));

        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        (await client.ReadMessageAsync()).ShouldBe(Hello);
        (await client.ReadMessageAsync()).ShouldBe(Transcript.Describe(WebSocketOpcode.Pong, "x"u8));
    }

    [Fact]
    public async Task Reads_a_handshake_and_frames_sent_one_byte_at_a_time()
    {
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
        await using var client = await RawClient.ConnectAsync(server);
        var all = ClientFrame.Concat(Encoding.Latin1.GetBytes(RawClient.Handshake), ClientFrame.Text("hello"));
        foreach (var piece in Segments.Cut(all, 1))
            await client.SendAsync(piece);

        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 101 ");
        (await client.ReadMessageAsync()).ShouldBe(Hello);
    }

    [Fact]
    public async Task Echoes_bursts_and_messages_up_to_the_limit_and_refuses_more()
    {
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
        await using var client = await RawClient.UpgradeAsync(server);

        await client.SendAsync(ClientFrame.Concat(Enumerable.Repeat(ClientFrame.Text("hello"), 1000)));
        for (var i = 0; i < 1000; i++)
            (await client.ReadMessageAsync()).ShouldBe(Hello);

        var largest = new byte[EchoHandler.MaxMessageSize];
        new Random(1).NextBytes(largest);
        await client.SendAsync(ClientFrame.Of(WebSocketOpcode.Binary, largest));
        (await client.ReadMessageAsync()).ShouldBe(Transcript.Describe(WebSocketOpcode.Binary, largest));

        await client.SendAsync(ClientFrame.Raw(0x82, 127, EchoHandler.MaxMessageSize + 1, [], ClientFrame.DefaultKey));
        (await client.ReadMessageAsync()).ShouldStartWith("Close 03F1");
    }

    [Fact]
    public async Task Holds_no_buffer_of_the_server_while_idle()
    {
        // Kestrel's own receive now and then wakes without data and then waits with one buffer in hand: one is not ours.
        const int OfTheSocket = 1;
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
        await using var client = await RawClient.UpgradeAsync(server);
        for (var round = 0; round < 5; round++)
        {
            await client.SendAsync(ClientFrame.Concat(Enumerable.Repeat(ClientFrame.Of(WebSocketOpcode.Binary, new byte[3000]), 20)));
            for (var i = 0; i < 20; i++)
                await client.ReadMessageAsync();

            await server.Memory.UntilHeld(held => held <= OfTheSocket, "an idle connection to give its buffers back");
        }

        server.Memory.Most.ShouldBeGreaterThan(OfTheSocket, "the buffers of the server must have been counted");
    }

    [Fact]
    public async Task Leaves_no_buffer_behind_when_connections_end_in_any_way()
    {
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
        for (var i = 0; i < 10; i++)
        {
            var client = await RawClient.UpgradeAsync(server);
            await client.SendAsync(ClientFrame.Of(WebSocketOpcode.Binary, new byte[5000]).AsMemory(0, (500 * i) + 1));
            if (i % 2 == 0)
                client.Reset();
            else
                await client.DisposeAsync();
        }

        foreach (var request in server.Requests)
            await request.Within("the request to end");
        await server.Memory.UntilHeld(held => held == 0, "the buffers of dead connections");
    }

    /// <param name="handler">Serves the connection.</param>
    /// <param name="onRequest">Called before the handshake is answered.</param>
    private Task<WebSocketServer> StartAsync(Func<WebSocketConnection, Task> handler, Action<HttpContext>? onRequest = null) =>
        WebSocketServer.StartAsync(
            async context =>
            {
                if (context.Request.Path == "/http")
                {
                    await context.Response.WriteAsync("served");
                    return;
                }

                onRequest?.Invoke(context);
                var connection = await WebSocketHandshake.AcceptAsync(context, takesOver);
                var owner = new TestOwner(connection, () => handler(connection));
                WebSocketServer.Prolong(context, owner.Ended);
                await connection.ServeAsync(owner);
            },
            HttpProtocols.Http1,
            tls,
            takesOver: takesOver);

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
