using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Stork.Tests.Clients;
using TcpSocket = System.Net.Sockets.Socket;

namespace Stork.Tests.Hosting;

/// <summary>WebSockets that have left HTTP, seen from the application.</summary>
public sealed class TakeoverTests
{
    [Fact]
    public async Task HTTP_and_the_request_are_free_while_the_connection_lives()
    {
        var remains = new List<WeakReference>();
        await using var pair = await Pair.ConnectAsync(
            services: services => services.AddHttpContextAccessor().AddScoped<ServiceOfARequest>(),
            pipeline: app =>
            {
                app.Use(next => context =>
                {
                    Remember(remains, context);
                    return next(context);
                });
                return app.MapSocketIO();
            });
        await pair.ShouldLive();

        remains.Count.ShouldBe(4);
        await Waiting.Until(() => CollectAndCountAlive(remains) == 0, "nothing of the request was left");
        await pair.ShouldLive();
    }

    [Fact]
    public async Task The_pipeline_sees_the_answer_and_the_end_of_the_request_while_the_connection_lives()
    {
        var ended = new TaskCompletionSource<int>();
        await using var pair = await Pair.ConnectAsync(pipeline: app =>
        {
            app.Use(async (context, next) =>
            {
                await next();
                ended.TrySetResult(context.Response.StatusCode);
            });
            return app.MapSocketIO();
        });
        (await ended.Task.Within("the end of the request")).ShouldBe(StatusCodes.Status101SwitchingProtocols);
        await pair.ShouldLive();
    }

    [Fact]
    public async Task Headers_of_the_pipeline_are_in_the_answer()
    {
        await using var app = await StorkApp.StartAsync(pipeline: app =>
        {
            app.Use((context, next) =>
            {
                context.Response.OnStarting(() =>
                {
                    context.Response.Headers["X-Pipeline"] = "here";
                    return Task.CompletedTask;
                });
                return next();
            });
            return app.MapSocketIO();
        });
        using var client = await DialAsync(app);
        (await ReadAnswerAsync(client)).ShouldContain("X-Pipeline: here\r\n");
    }

    [Fact]
    public async Task A_middleware_that_fails_behind_the_endpoint_does_not_concern_the_connection()
    {
        await using var pair = await Pair.ConnectAsync(pipeline: app =>
        {
            app.Use(async (_, next) =>
            {
                await next();
                throw new InvalidOperationException("on purpose");
            });
            return app.MapSocketIO();
        });
        await pair.ShouldLive();
        await pair.ShouldLive();
    }

    [Fact]
    public async Task Clients_that_break_off_right_at_the_handshake_are_forgotten()
    {
        await using var app = await StorkApp.StartAsync();
        for (var i = 0; i < 100; i++)
        {
            using var client = await DialAsync(app);
            if (i % 2 == 0) client.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        await using var last = await WebSocketClient.OpenAsync(app);
        await app.UntilConnections(1);
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Clients_that_have_broken_off_when_their_handshake_is_answered_are_forgotten()
    {
        using var arrived = new SemaphoreSlim(0);
        using var answered = new SemaphoreSlim(0);
        await using var app = await StorkApp.StartAsync(pipeline: app =>
        {
            app.Use(async (context, next) =>
            {
                var aborted = new TaskCompletionSource();
                await using var registration = context.RequestAborted.Register(aborted.SetResult);
                arrived.Release();
                await aborted.Task.Within("the abort");
                await next();
                answered.Release();
            });
            return app.MapSocketIO();
        });
        for (var i = 0; i < 20; i++)
        {
            using (var client = await DialAsync(app))
            {
                await arrived.WaitAsync().Within("the handshake");
                client.LingerState = new LingerOption(enable: true, seconds: 0);
            }

            await answered.WaitAsync().Within("the answer");
        }

        await app.UntilConnections(0);
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Many_clients_that_come_and_go_leave_nothing_behind()
    {
        await using var app = await StorkApp.StartAsync();
        var remains = new List<WeakReference>();
        app.IO.OnConnection(socket =>
        {
            lock (remains) remains.Add(new WeakReference(socket.Connection()));
        });
        for (var round = 0; round < 10; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
            {
                await using var client = await WebSocketClient.OpenAsync(app);
                await client.JoinAsync();
                if (i % 2 == 0) await client.CloseAsync();
            }));
        }

        await app.UntilConnections(0);
        remains.Count.ShouldBe(200);
        await Waiting.Until(() => CollectAndCountAlive(remains) == 0, "nothing of the connections was left");
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_that_stops_in_the_middle_of_a_handshake_ends_the_connection()
    {
        var asked = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var app = await StorkApp.StartAsync(options => options.AllowRequest = async _ =>
        {
            asked.SetResult();
            await release.Task;
            return HandshakeVerdict.Allow;
        });
        using var client = await DialAsync(app);
        await asked.Task.Within("the handshake");

        var stopping = app.StopAsync();
        await app.Log.WaitForAsync(31);
        release.SetResult();

        await stopping;
        await UntilClosedAsync(client);
        app.IO.ConnectionCount.ShouldBe(0);
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Sessions_end_with_their_endpoint_though_the_application_does_not_stop()
    {
        await using var pair = await Pair.ConnectAsync();
        await pair.App.Services.GetRequiredService<IServer>().StopAsync(default).Within("the web server to stop");
        (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
        await pair.App.UntilConnections(0);
        pair.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_sent_with_the_handshake_in_one_segment_is_read()
    {
        await using var app = await StorkApp.StartAsync();
        var ids = new TaskCompletionSource<string>();
        app.IO.OnConnection(socket => ids.TrySetResult(socket.Id));
        using var client = await DialAsync(app, EngineIO.WebSockets.ClientFrame.Text("40"));
        (await ids.Task.Within("the socket")).ShouldNotBeEmpty();
    }

    /// <summary>In a method of its own, so that no local of the caller keeps anything.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Remember(List<WeakReference> remains, HttpContext context)
    {
        remains.Add(new WeakReference(context));
        remains.Add(new WeakReference(context.RequestServices.GetRequiredService<ServiceOfARequest>()));
        remains.Add(new WeakReference(context.Features.Get<IHttpUpgradeFeature>()));
        remains.Add(new WeakReference(context.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionTransportFeature>()));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int CollectAndCountAlive(List<WeakReference> remains)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return remains.Count(static remain => remain.IsAlive);
    }

    /// <summary>Sends a handshake, and bytes behind it; reads nothing.</summary>
    private static async Task<TcpSocket> DialAsync(StorkApp app, byte[]? behind = null)
    {
        var client = new TcpSocket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(app.Url.Host, app.Url.Port);
        var head = Encoding.ASCII.GetBytes(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
        await client.SendAsync((byte[])[.. head, .. behind ?? []]);
        return client;
    }

    private static async Task<string> ReadAnswerAsync(TcpSocket client)
    {
        var answer = "";
        var buffer = new byte[4096];
        while (!answer.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await client.ReceiveAsync(buffer).Within("the answer");
            count.ShouldBePositive();
            answer += Encoding.ASCII.GetString(buffer, 0, count);
        }

        return answer;
    }

    private static async Task UntilClosedAsync(TcpSocket client)
    {
        var buffer = new byte[4096];
        try
        {
            while (await client.ReceiveAsync(buffer).Within("the end") > 0)
            {
            }
        }
        catch (SocketException)
        {
            // A reset is an end, too.
        }
    }

    private sealed class ServiceOfARequest;
}
