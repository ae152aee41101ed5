using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Stork.EventLoops;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EventLoops;

/// <summary>How connections are accepted, and how that ends.</summary>
public sealed class LoopListenerTests
{
    [Fact]
    public async Task A_wait_for_a_connection_ends_when_the_endpoint_is_unbound()
    {
        await using var host = await LoopHost.StartAsync();
        var waiting = host.Listener.AcceptAsync().AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await host.Listener.UnbindAsync();
        (await waiting.Within("the end")).ShouldBeNull();
        (await host.Listener.AcceptAsync().Within("the end, again")).ShouldBeNull();
        await host.Listener.UnbindAsync();
    }

    [Fact]
    public async Task Nothing_is_accepted_once_it_is_unbound()
    {
        await using var host = await LoopHost.StartAsync();
        await host.Listener.UnbindAsync();
        using var client = new TcpSocket(SocketType.Stream, ProtocolType.Tcp);
        var connecting = client.ConnectAsync(host.Listener.EndPoint).Within("the refusal");
        (await Should.ThrowAsync<SocketException>(connecting)).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
    }

    [Fact]
    public async Task A_wait_ends_though_connections_and_events_come_beside_the_unbinding()
    {
        for (var round = 0; round < 200; round++)
        {
            await using var host = await LoopHost.StartAsync();
            var accepting = Task.Run(async () =>
            {
                while (await host.Listener.AcceptAsync() is { } connection) await connection.DisposeAsync();
            });
            using var client = new TcpSocket(SocketType.Stream, ProtocolType.Tcp);
            var connecting = client.ConnectAsync(host.Listener.EndPoint);
            var events = Task.Run(() =>
            {
                for (var i = 0; i < 50; i++) ((ILoopEntry)host.Listener).OnEvents(SocketCalls.Readable);
            });
            if (round % 2 == 0) await connecting.Within("the connection");
            await host.Listener.UnbindAsync();
            await accepting.Within("the end");
            await events;
            // Refused or not.
            _ = connecting.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
        }
    }

    [Fact]
    public async Task Those_that_came_before_anybody_accepted_are_accepted_all()
    {
        await using var host = await LoopHost.StartAsync();
        var clients = new List<TcpSocket>();
        for (var i = 0; i < 100; i++)
        {
            clients.Add(new TcpSocket(SocketType.Stream, ProtocolType.Tcp));
            await clients[^1].ConnectAsync(host.Listener.EndPoint).Within("the connection");
        }

        var ports = new List<int>();
        for (var i = 0; i < 100; i++)
            ports.Add(((IPEndPoint)(await host.Listener.AcceptAsync().Within("a connection"))!.RemoteEndPoint!).Port);
        ports.ShouldBe(clients.Select(static client => ((IPEndPoint)client.LocalEndPoint!).Port), ignoreOrder: true);
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task An_endpoint_waits_for_all_that_the_server_has_forgotten_whenever_that_was()
    {
        await using var host = await LoopHost.StartAsync();
        await host.Listener.UnbindAsync();
        host.Listener.OnDetached();
        host.Listener.OnDetachedClosed();
        // A handshake that was still under way.
        host.Listener.OnDetached();
        var disposing = host.Listener.DisposeAsync().AsTask();
        disposing.IsCompleted.ShouldBeFalse();
        host.Listener.OnDetachedClosed();
        await disposing.Within("the end of the endpoint");
    }

    [Fact]
    public async Task A_port_that_is_in_use_is_told_as_the_web_server_expects_it()
    {
        await using var host = await LoopHost.StartAsync();
        using var transport = new EventLoopTransport(
            () => new EventLoopOptions(1, "/"), new SocketTransportOptions(), memory: null, TimeProvider.System, NullLogger.Instance);
        await Should.ThrowAsync<AddressInUseException>(async () => await transport.BindAsync(host.Listener.EndPoint));
    }

    [Fact]
    public async Task The_loops_of_a_server_can_be_disposed_more_than_once()
    {
        await using var host = await LoopHost.StartAsync();
        var loop = host.Listener.Group().Loops().Single();
        loop.Dispose();
        loop.Dispose();
        host.Listener.Group().Dispose();
    }
}
