using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

// Limits, addresses, and how servers begin and end.
public abstract partial class KestrelSpecification
{
    /// <summary>The shortest that Kestrel allows: it looks once a second.</summary>
    private static readonly MinDataRate Fast = new(1_000_000_000, TimeSpan.FromSeconds(1.1));

    [Fact]
    public async Task A_client_that_sends_too_slowly_is_given_up()
    {
        await using var host = await StartAsync(EchoAsync, options =>
        {
            options.Limits.MinRequestBodyDataRate = Fast;
            options.Listen(IPAddress.Loopback, 0);
        });
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        await client.SendAsync(Post("Content-Length: 10") + "h");
        (await client.ReceiveRestAsync()).ShouldContain(" 408 ");
    }

    [Fact]
    public async Task A_client_that_reads_too_slowly_is_given_up()
    {
        var aborted = new TaskCompletionSource();
        await using var host = await StartAsync(
            async context =>
            {
                context.RequestAborted.Register(aborted.SetResult);
                await context.Response.BodyWriter.WriteAsync(new byte[Much]);
            },
            options =>
            {
                options.Limits.MinResponseDataRate = Fast;
                options.Listen(IPAddress.Loopback, 0);
            });
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint, receiveBuffer: 4096);
        await client.SendAsync(Get("/"));
        await aborted.Task.Within("the abort");
    }

    [Fact]
    public async Task A_connection_that_does_nothing_ends_when_its_time_is_up()
    {
        await using var host = await StartAsync(EchoAsync, options =>
        {
            options.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1);
            options.Listen(IPAddress.Loopback, 0);
        });
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        (await client.ReceiveRestAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_others_have_their_place_later()
    {
        await using var host = await StartAsync(context => context.Response.WriteAsync("hello"), options =>
        {
            options.Limits.MaxConcurrentConnections = 1;
            options.Listen(IPAddress.Loopback, 0);
        });
        using (var first = await HttpClientSocket.ConnectAsync(host.EndPoint))
        {
            await first.SendAsync(Get("/"));
            await first.ReceiveUntilAsync("hello");
            using var second = await HttpClientSocket.ConnectAsync(host.EndPoint);
            (await second.ReceiveRestAsync()).ShouldBeEmpty();
        }

        while (true)
        {
            using var third = await HttpClientSocket.ConnectAsync(host.EndPoint);
            await third.SendAsync("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            if ((await third.ReceiveRestAsync()).Contains("hello", StringComparison.Ordinal)) break;
        }
    }

    [Fact]
    public async Task A_server_that_stops_waits_for_its_requests_and_closes_what_is_idle()
    {
        var begun = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var host = await StartAsync(async context =>
        {
            begun.TrySetResult();
            await release.Task;
            await context.Response.WriteAsync("hello");
        });
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        using var idle = await HttpClientSocket.ConnectAsync(host.EndPoint);
        await client.SendAsync(Get("/"));
        await begun.Task.Within("the request");

        var stopping = host.StopAsync();
        (await idle.ReceiveRestAsync()).ShouldBeEmpty();
        stopping.IsCompleted.ShouldBeFalse();
        release.SetResult();

        (await client.ReceiveRestAsync()).ShouldContain("hello");
        await stopping;
        host.Log.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::1", "::1")]
    [InlineData("::", "::1")]
    [InlineData("::", "127.0.0.1")]
    public async Task Both_addresses_of_a_connection_are_known(string listen, string connect)
    {
        Assert.SkipUnless(TcpSocket.OSSupportsIPv6, "There is no IPv6 here.");
        await using var host = await StartAsync(
            context => context.Response.WriteAsync(
                $"{context.Connection.RemoteIpAddress} {context.Connection.RemotePort} {context.Connection.LocalIpAddress} "
                + $"{context.Connection.LocalPort} end"),
            options => options.Listen(IPAddress.Parse(listen), 0));
        using var client = await HttpClientSocket.ConnectAsync(new IPEndPoint(IPAddress.Parse(connect), host.EndPoint.Port));
        await client.SendAsync(Get("/"));
        var address = IPAddress.Parse(connect);
        if (listen == "::" && address.AddressFamily == AddressFamily.InterNetwork) address = address.MapToIPv6();
        (await client.ReceiveUntilAsync(" end")).ShouldContain(
            $"{address} {client.LocalEndPoint.Port} {address} {host.EndPoint.Port} end");
    }

    [Fact]
    public async Task Every_connection_has_an_id_of_its_own()
    {
        await using var host = await StartAsync(context => context.Response.WriteAsync($"<{context.Connection.Id}>"));
        var ids = new HashSet<string>();
        for (var i = 0; i < 200; i++)
        {
            using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
            await client.SendAsync(Get("/"));
            var answer = await client.ReceiveUntilAsync(">");
            ids.Add(answer[answer.IndexOf('<', StringComparison.Ordinal)..]).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_port_in_use_fails_the_start_as_it_always_does()
    {
        await using var host = await StartAsync(EchoAsync);
        var starting = StartAsync(EchoAsync, options => options.Listen(host.EndPoint));
        var failure = await Should.ThrowAsync<IOException>(starting);
        failure.InnerException.ShouldBeOfType<AddressInUseException>();
        failure.Message.ShouldContain("address already in use");
    }

    [Fact]
    public async Task All_endpoints_of_a_server_are_served_and_free_for_the_next_one()
    {
        IPEndPoint[] endPoints = [];
        for (var round = 0; round < 3; round++)
        {
            var host = await StartAsync(context => context.Response.WriteAsync("hello"), options =>
            {
                for (var i = 0; i < 3; i++) options.Listen(IPAddress.Loopback, endPoints.Length > 0 ? endPoints[i].Port : 0);
            });
            await using (host)
            {
                endPoints = host.EndPoints;
                endPoints.Distinct().Count().ShouldBe(3);
                foreach (var endPoint in endPoints)
                {
                    using var client = await HttpClientSocket.ConnectAsync(endPoint);
                    await client.SendAsync(Get("/"));
                    await client.ReceiveUntilAsync("hello");
                }

                await host.StopAsync();
            }
        }
    }

    [Fact]
    public async Task A_server_that_is_disposed_of_without_a_stop_closes_its_connections()
    {
        var host = await StartAsync(EchoAsync);
        using var client = await HttpClientSocket.ConnectAsync(host.EndPoint);
        await host.DisposeAsync();
        (await client.ReceiveRestAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_callback_that_throws_at_the_end_of_a_connection_is_logged()
    {
        await using var host = await StartAsync(
            context =>
            {
                context.Features.Get<IConnectionLifetimeFeature>()!.ConnectionClosed.Register(
                    static () => throw new InvalidOperationException("on purpose"));
                return context.Response.WriteAsync("hello");
            });
        using (var client = await HttpClientSocket.ConnectAsync(host.EndPoint))
        {
            await client.SendAsync(Get("/"));
            await client.ReceiveUntilAsync("hello");
        }

        await Waiting.Until(() => host.Log.Problems.Any(), "it was logged");
    }
}
