using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Stork.Tests.EngineIO.WebSockets;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.EngineIO.Takeover;

/// <summary>What leaves together when WebSockets come and go: each segment costs both sides a call of the system.</summary>
public sealed class SegmentTests
{
    private readonly ConcurrentQueue<string> _sent = new();

    [Fact]
    public async Task The_answer_to_a_handshake_and_the_first_packet_leave_together()
    {
        await using var app = await StartAsync();
        using var client = await DialAsync(app, "");
        await Waiting.Until(() => !_sent.IsEmpty, "something was sent");
        _sent.First().ShouldStartWith("HTTP/1.1 101 ");
        _sent.First().ShouldContain("0{\"sid\":");
    }

    [Fact]
    public async Task Headers_that_the_pipeline_sets_at_the_last_moment_are_ahead_of_both()
    {
        await using var app = await StartAsync(app => app.Use((context, next) =>
        {
            context.Response.OnStarting(async () =>
            {
                await Task.Yield();
                context.Response.Headers["X-Late"] = "here";
            });
            return next();
        }));
        using var client = await DialAsync(app, "");
        await Waiting.Until(() => !_sent.IsEmpty, "something was sent");
        _sent.First().ShouldMatch(@"^HTTP/1.1 101 [\s\S]*X-Late: here\r\n[\s\S]*0\{""sid"":");
    }

    [Fact]
    public async Task An_upgrade_is_answered_though_nothing_follows()
    {
        await using var app = await StartAsync();
        var open = await app.Http.GetStringAsync("/socket.io/?EIO=4&transport=polling");
        _sent.Clear();
        using var client = await DialAsync(app, $"&sid={open.Split('"')[3]}");
        (await client.ReceiveAsync(new byte[1024]).Within("the answer")).ShouldBePositive();
        _sent.ShouldHaveSingleItem().ShouldMatch(@"^HTTP/1.1 101 [\s\S]*\r\n\r\n$");
    }

    [Fact]
    public async Task The_answer_to_a_close_frame_leaves_with_the_end_of_the_connection()
    {
        await using var app = await StartAsync();
        using var client = await DialAsync(app, "");
        await app.UntilConnections(1);
        await client.SendAsync(ClientFrame.Close(1000));
        await UntilEndAsync(client);
        await app.UntilConnections(0);
        _sent.Last().ShouldBe($"\u0088\u0002\u0003\u00e8{RecordedTransport.End}");
        app.Log.Problems.ShouldBeEmpty();
    }

    private static async Task UntilEndAsync(TcpSocket client)
    {
        var buffer = new byte[1024];
        var all = "";
        while (await client.ReceiveAsync(buffer).Within("the end") is > 0 and var count)
            all += Encoding.Latin1.GetString(buffer, 0, count);
        all.ShouldEndWith("\u0088\u0002\u0003\u00e8");
    }

    private static async Task<TcpSocket> DialAsync(StorkApp app, string query)
    {
        var client = new TcpSocket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(app.Url.Host, app.Url.Port);
        await client.SendAsync(Encoding.ASCII.GetBytes(
            $"GET /socket.io/?EIO=4&transport=websocket{query} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        return client;
    }

    private Task<StorkApp> StartAsync(Action<WebApplication>? pipeline = null) => StorkApp.StartAsync(
        services: services => services.Configure<KestrelServerOptions>(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Use(RecordedTransport.Into(_sent)))),
        pipeline: app =>
        {
            pipeline?.Invoke(app);
            return app.MapSocketIO();
        });
}
