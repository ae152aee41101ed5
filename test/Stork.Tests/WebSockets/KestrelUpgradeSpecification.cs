using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Stork.WebSockets;

namespace Stork.Tests.WebSockets;

/// <summary>What an upgraded HTTP/1.1 connection of Kestrel must do, in the clear and over TLS.</summary>
public abstract class KestrelUpgradeSpecification(bool tls)
{
    private static readonly string Hello = Transcript.Describe(WebSocketOpcode.Text, "hello"u8);

    [Fact]
    public async Task Answers_the_handshake_of_the_RFC_with_its_accept_key()
    {
        await using var server = await StartAsync(EchoHandler.HandleAsync);
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
        await using var server = await StartAsync(async context =>
        {
            transport = context.Features.Get<IConnectionTransportFeature>()!.Transport;
            await using var connection = accepted = await WebSocketHandshake.AcceptAsync(context);
        });
        await using var client = await RawClient.UpgradeAsync(server);
        await client.UntilClosedAsync();

        accepted!.Input.ShouldBeSameAs(transport!.Input);
        accepted.Output.ShouldBeSameAs(transport.Output);
    }

    [Fact]
    public async Task Reads_frames_sent_in_the_same_segment_as_the_handshake()
    {
        await using var server = await StartAsync(EchoHandler.HandleAsync);
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
        await using var server = await StartAsync(EchoHandler.HandleAsync);
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
        await using var server = await StartAsync(EchoHandler.HandleAsync);
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
    public async Task Closes_the_connection_after_the_close_frames()
    {
        await using var server = await StartAsync(EchoHandler.HandleAsync);
        await using var client = await RawClient.UpgradeAsync(server);
        await client.SendAsync(ClientFrame.Close(1000, "bye"u8));

        (await client.ReadMessageAsync()).ShouldBe("Close 03E8627965");
        (await client.ReadMessageAsync()).ShouldBeNull();
        await server.Requests.Single().Within("the request to end");
        await server.StopAsync();
    }

    [Fact]
    public async Task Ends_the_request_when_the_client_closes_without_a_word()
    {
        await using var server = await StartAsync(EchoHandler.HandleAsync);
        var client = await RawClient.UpgradeAsync(server);
        await client.DisposeAsync();

        await server.Requests.Single().Within("the request to end");
        await server.StopAsync();
    }

    [Fact]
    public async Task Ends_the_request_when_the_client_resets_the_connection()
    {
        await using var server = await StartAsync(EchoHandler.HandleAsync);
        var client = await RawClient.UpgradeAsync(server);
        client.Reset();

        await server.Requests.Single().Within("the request to end");
        await ServesAnother(server);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("connection")]
    [InlineData("request lifetime")]
    [InlineData("connection lifetime")]
    [InlineData("connection context")]
    public async Task Aborts_while_a_read_is_pending(string how)
    {
        var accepted = NewSource<Action>();
        await using var server = await StartAsync(async context =>
        {
            await using var connection = await WebSocketHandshake.AcceptAsync(context);
            var running = EchoHandler.RunAsync(connection);
            accepted.TrySetResult(() => Abort(context, connection, how));
            await running;
        });
        await using var client = await RawClient.UpgradeAsync(server);
        var abort = await accepted.Task.Within("the connection");

        abort();

        await client.UntilClosedAsync();
        await server.Requests.Single().Within("the request to end");
        await ServesHttp(server);
        await server.StopAsync();
    }

    [Fact]
    public async Task Aborts_while_a_flush_waits_for_a_client_that_does_not_read()
    {
        var blocked = NewSource<WebSocketConnection>();
        await using var server = await StartAsync(context => WriteForeverAsync(context, blocked));
        await using var client = await RawClient.UpgradeAsync(server);
        var connection = await blocked.Task.Within("a flush that waits");

        connection.Abort();

        await server.Requests.Single().Within("the request to end");
        await server.StopAsync();
    }

    [Fact]
    public async Task Ends_the_request_when_a_client_that_does_not_read_goes_away()
    {
        var blocked = NewSource<WebSocketConnection>();
        await using var server = await StartAsync(context => WriteForeverAsync(context, blocked));
        var client = await RawClient.UpgradeAsync(server);
        await blocked.Task.Within("a flush that waits");

        client.Reset();

        await server.Requests.Single().Within("the request to end");
        await server.StopAsync();
    }

    [Fact]
    public async Task Does_nothing_when_aborted_after_disposal()
    {
        var kept = NewSource<WebSocketConnection>();
        await using var server = await StartAsync(async context =>
        {
            var connection = await WebSocketHandshake.AcceptAsync(context);
            await connection.DisposeAsync();
            await connection.DisposeAsync();
            kept.TrySetResult(connection);
        });
        await using var client = await RawClient.UpgradeAsync(server);
        var connection = await kept.Task.Within("the connection");
        await client.UntilClosedAsync();

        connection.Abort();

        await ServesHttp(server);
    }

    [Fact]
    public async Task Sends_what_was_flushed_before_the_request_ends()
    {
        await using var server = await StartAsync(async context =>
        {
            await using var connection = await WebSocketHandshake.AcceptAsync(context);
            EchoHandler.Write(connection.Output, WebSocketOpcode.Text, "hello"u8);
            EchoHandler.WriteClose(connection.Output, WebSocketCloseCode.GoingAway, "");
            await connection.Output.FlushAsync();
        });
        await using var client = await RawClient.UpgradeAsync(server);

        (await client.ReadMessageAsync()).ShouldBe(Hello);
        (await client.ReadMessageAsync()).ShouldBe("Close 03E9");
        (await client.ReadMessageAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Survives_a_handler_that_throws_with_bytes_unread_and_unflushed()
    {
        await using var server = await StartAsync(async context =>
        {
            await using var connection = await WebSocketHandshake.AcceptAsync(context);
            await connection.Input.ReadAsync();
            EchoHandler.Write(connection.Output, WebSocketOpcode.Text, "lost"u8);
            throw new InvalidOperationException("on purpose");
        });
        await using (var client = await RawClient.UpgradeAsync(server))
        {
            await client.SendAsync(ClientFrame.Text("hello"));
            await client.UntilClosedAsync();
        }

        await server.StopAsync();
        server.Errors.ShouldHaveSingleItem().ShouldContain("on purpose");
        server.Errors.Clear();
    }

    [Fact]
    public async Task Stopping_the_server_wakes_a_pending_read_and_lets_the_handler_say_goodbye()
    {
        var reading = NewSource<bool>();
        var cancelled = NewSource<bool>();
        await using var server = await StartAsync(async context =>
        {
            await using var connection = await WebSocketHandshake.AcceptAsync(context);
            var pending = connection.Input.ReadAsync();
            reading.TrySetResult(true);
            var read = await pending;
            connection.Input.AdvanceTo(read.Buffer.Start);
            cancelled.TrySetResult(read.IsCanceled);
            EchoHandler.WriteClose(connection.Output, WebSocketCloseCode.GoingAway, "");
            await connection.Output.FlushAsync();
        });
        await using var client = await RawClient.UpgradeAsync(server);
        await reading.Task.Within("the read to be pending");

        await server.StopAsync();

        (await cancelled.Task.Within("the read to come back")).ShouldBeTrue();
        (await client.ReadMessageAsync()).ShouldBe("Close 03E9");
        (await client.ReadMessageAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Stopping_the_server_does_not_disturb_a_handler_that_reads_on()
    {
        await using var server = await StartAsync(EchoHandler.HandleAsync);
        await using var client = await RawClient.UpgradeAsync(server);

        var stopping = server.StopAsync();
        await client.SendAsync(ClientFrame.Text("hello"));
        (await client.ReadMessageAsync()).ShouldBe(Hello);
        stopping.IsCompleted.ShouldBeFalse();
        await client.SendAsync(ClientFrame.Close(1000));
        (await client.ReadMessageAsync()).ShouldBe("Close 03E8");

        await stopping;
    }

    [Fact]
    public async Task Stopping_the_server_at_once_cuts_open_connections()
    {
        await using var server = await StartAsync(EchoHandler.HandleAsync);
        await using var client = await RawClient.UpgradeAsync(server);

        await server.StopAsync(patient: false);

        await server.Requests.Single().Within("the request to end");
        await client.UntilClosedAsync();
    }

    [Fact]
    public async Task Holds_no_buffer_of_the_server_while_idle()
    {
        // Kestrel's own receive now and then wakes without data and then waits with one buffer in hand: one is not ours.
        const int OfTheSocket = 1;
        await using var server = await StartAsync(EchoHandler.HandleAsync);
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
        await using var server = await StartAsync(EchoHandler.HandleAsync);
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

    private Task<WebSocketServer> StartAsync(RequestDelegate handler) => WebSocketServer.StartAsync(
        async context =>
        {
            if (context.Request.Path == "/http")
            {
                await context.Response.WriteAsync("served");
                return;
            }

            try
            {
                await handler(context);
            }
            catch (Exception end) when (WebSocketConnection.IsEnd(end))
            {
            }
        },
        HttpProtocols.Http1,
        tls);

    // Over TLS a flush to a peer that is gone succeeds, so that the end is not seen from here alone.
    private static async Task WriteForeverAsync(HttpContext context, TaskCompletionSource<WebSocketConnection> blocked)
    {
        await using var connection = await WebSocketHandshake.AcceptAsync(context);
        var payload = new byte[1 << 16];
        while (!context.RequestAborted.IsCancellationRequested)
        {
            EchoHandler.Write(connection.Output, WebSocketOpcode.Binary, payload);
            var flush = connection.Output.FlushAsync();
            if (!flush.IsCompleted)
                blocked.TrySetResult(connection);
            await flush;
        }
    }

    private static void Abort(HttpContext context, WebSocketConnection connection, string how)
    {
        switch (how)
        {
            case "connection":
                connection.Abort();
                connection.Abort();
                break;
            case "request lifetime":
                context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort();
                break;
            case "connection lifetime":
                context.Features.Get<IConnectionLifetimeFeature>()!.Abort();
                break;
            default:
                ((ConnectionContext)context.Features.Get<IConnectionTransportFeature>()!).Abort(new ConnectionAbortedException("on purpose"));
                break;
        }
    }

    private static async Task ServesAnother(WebSocketServer server)
    {
        await using var client = await RawClient.UpgradeAsync(server);
        await client.SendAsync(ClientFrame.Text("hello"));
        (await client.ReadMessageAsync()).ShouldBe(Hello);
        await client.SendAsync(ClientFrame.Close(1000));
        (await client.ReadMessageAsync()).ShouldBe("Close 03E8");
    }

    private static async Task ServesHttp(WebSocketServer server)
    {
        await using var client = await RawClient.ConnectAsync(server);
        await client.SendAsync("GET /http HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        (await client.ReadHeadAsync()).ShouldStartWith("HTTP/1.1 200 ");
    }

    private static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
