using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Stork.EngineIO.WebSockets;
using Stork.Wire;

namespace Stork.Tests.EngineIO.WebSockets;

public abstract partial class KestrelUpgradeSpecification
{
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
                var underneath = (ConnectionContext)context.Features.Get<IConnectionTransportFeature>()!;
                underneath.Abort(new ConnectionAbortedException("on purpose"));
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
}
