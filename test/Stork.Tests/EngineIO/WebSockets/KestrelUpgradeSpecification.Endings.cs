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
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
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
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
        var client = await RawClient.UpgradeAsync(server);
        await client.DisposeAsync();

        await server.Requests.Single().Within("the request to end");
        await server.StopAsync();
    }

    [Fact]
    public async Task Ends_the_request_when_the_client_resets_the_connection()
    {
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
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
        Assert.SkipWhen(takesOver && how != "connection", "HTTP has no say in a connection that was taken over");
        var accepted = NewSource<Action>();
        Action abort = () => { };
        await using var server = await StartAsync(
            async connection =>
            {
                var running = EchoHandler.RunAsync(connection);
                if (how == "connection") abort = connection.Abort;
                accepted.TrySetResult(abort);
                await running;
            },
            context => abort = AbortOf(context, how));
        await using var client = await RawClient.UpgradeAsync(server);
        var cut = await accepted.Task.Within("the connection");

        cut();
        cut();

        await client.UntilClosedAsync();
        await server.Requests.Single().Within("the request to end");
        await ServesHttp(server);
        await server.StopAsync();
    }

    [Fact]
    public async Task Aborts_while_a_flush_waits_for_a_client_that_does_not_read()
    {
        var blocked = NewSource<WebSocketConnection>();
        var closed = CancellationToken.None;
        await using var server = await StartAsync(
            connection => WriteForeverAsync(connection, blocked, closed),
            context => closed = context.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed);
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
        var closed = CancellationToken.None;
        await using var server = await StartAsync(
            connection => WriteForeverAsync(connection, blocked, closed),
            context => closed = context.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed);
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
        await using var server = await StartAsync(async connection =>
        {
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
        await using var server = await StartAsync(async connection =>
        {
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
        await using var server = await StartAsync(async connection =>
        {
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
        await using var server = await StartAsync(async connection =>
        {
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
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
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
        await using var server = await StartAsync(EchoHandler.RunUntilEndAsync);
        await using var client = await RawClient.UpgradeAsync(server);

        await server.StopAsync(patient: false);

        await server.Requests.Single().Within("the request to end");
        await client.UntilClosedAsync();
    }

    // Over TLS a flush to a peer that is gone succeeds, so that the end is not seen from here alone.
    private static async Task WriteForeverAsync(
        WebSocketConnection connection, TaskCompletionSource<WebSocketConnection> blocked, CancellationToken closed)
    {
        var payload = new byte[1 << 16];
        while (!closed.IsCancellationRequested)
        {
            EchoHandler.Write(connection.Output, WebSocketOpcode.Binary, payload);
            var flush = connection.Output.FlushAsync(CancellationToken.None);
            if (!flush.IsCompleted)
                blocked.TrySetResult(connection);
            await flush;
        }
    }

    private static Action AbortOf(HttpContext context, string how)
    {
        switch (how)
        {
            case "request lifetime":
                return context.Features.Get<IHttpRequestLifetimeFeature>()!.Abort;
            case "connection lifetime":
                return context.Features.Get<IConnectionLifetimeFeature>()!.Abort;
            default:
                var underneath = (ConnectionContext)context.Features.Get<IConnectionTransportFeature>()!;
                return () => underneath.Abort(new ConnectionAbortedException("on purpose"));
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
