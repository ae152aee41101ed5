using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Stork.Tests.Clients;

namespace Stork.Tests.EventLoops;

/// <summary>Code of the application ahead of Socket.IO's, in a request, that blocks the thread it is called on.</summary>
public sealed class BlockedRequestTests : IDisposable
{
    private const string Scheme = "blocking";

    private readonly ManualResetEventSlim _release = new();
    private readonly List<string?> _threads = [];
    private int _blocked;

    public void Dispose()
    {
        _release.Set();
        _release.Dispose();
    }

    [Theory]
    [InlineData("middleware", "/elsewhere")]
    [InlineData("middleware", "/socket.io/")]
    [InlineData("authentication", "/elsewhere")]
    [InlineData("authentication", "/socket.io/")]
    [InlineData("AllowRequest", "/socket.io/")]
    public async Task It_holds_up_no_other_connection(string where, string path)
    {
        await using var app = await StartAsync(where);
        await using var other = await WebSocketClient.OpenAsync(app);
        await other.JoinAsync();
        // The second finds that the first one was slow.
        var clients = new List<HttpClientSocket>();
        for (var i = 1; i <= 2; i++)
        {
            clients.Add(await SendAsync(app, path + "?EIO=4&transport=polling&block=1"));
            await UntilBlocked(i);
            await ShouldServe(app, other);
        }

        _release.Set();
        foreach (var client in clients)
        {
            (await client.ReceiveUntilAsync("\r\n\r\n")).ShouldContain(" 200 OK");
            client.Dispose();
        }

        await UntilNoneIsLeft(app);
        if (path == "/elsewhere") _threads.ShouldNotContain("stork-loop-0", "only requests to Socket.IO run on a loop");
        else _threads[0].ShouldBe("stork-loop-0", "the loop itself was blocked");
        app.Log.Of(123).Any().ShouldBe(path != "/elsewhere");
        await ShouldServe(app, other);
    }

    [Theory]
    [InlineData("middleware")]
    [InlineData("authentication")]
    public async Task A_handshake_of_a_WebSocket_that_blocks_holds_up_nobody_and_goes_on_afterwards(string where)
    {
        await using var app = await StartAsync(where);
        await using var other = await WebSocketClient.OpenAsync(app);
        await other.JoinAsync();
        var opening = WebSocketClient.OpenAsync(app, query: "&block=1");
        await UntilBlocked(1);
        await ShouldServe(app, other);
        opening.IsCompleted.ShouldBeFalse();
        _release.Set();
        await using var client = await opening;
        await client.JoinAsync();
        await UntilNoneIsLeft(app);
        await ShouldServe(app, client);
    }

    [Fact]
    public async Task What_blocks_behind_the_handshake_holds_up_neither_its_connection_nor_another()
    {
        await using var app = await StartAsync("behind");
        await using var other = await WebSocketClient.OpenAsync(app);
        await other.JoinAsync();
        var opening = WebSocketClient.OpenAsync(app, query: "&block=1");
        await UntilBlocked(1);
        await ShouldServe(app, other);
        // A request has to end before its connection leaves HTTP.
        _release.Set();
        await using var client = await opening;
        await client.JoinAsync();
        await ShouldServe(app, client);
    }

    private Task<StorkApp> StartAsync(string where)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are event loops on Linux only.");
        return StorkApp.StartAsync(
            options =>
            {
                options.EventLoops = 1;
                if (where == "AllowRequest") options.AllowRequest = context =>
                {
                    BlockIfAsked(context);
                    return new ValueTask<HandshakeVerdict>(HandshakeVerdict.Allow);
                };
            },
            services: services =>
            {
                services.AddSingleton<Action<HttpContext>>(BlockIfAsked);
                services.AddAuthentication(Scheme).AddScheme<AuthenticationSchemeOptions, BlockingAuthentication>(Scheme, _ => { });
            },
            pipeline: app =>
            {
                if (where == "authentication") app.UseAuthentication();
                app.Use(async (context, next) =>
                {
                    if (where == "middleware") BlockIfAsked(context);
                    await next();
                    if (where == "behind") BlockIfAsked(context);
                });
                app.MapGet("/elsewhere", () => "hello");
                var io = app.MapSocketIO();
                io.OnConnection(socket => socket.On("ping", () => true));
                return io;
            });
    }

    /// <summary>Sends a request when its connection waits for one: it is the loop that reads it then.</summary>
    private static async Task<HttpClientSocket> SendAsync(StorkApp app, string path)
    {
        var client = await HttpClientSocket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, app.Url.Port));
        await Waiting.Until(
            () => app.Connections().Any(c => (c.RemoteEndPoint as IPEndPoint)?.Port == client.LocalEndPoint.Port && c.IsReaderWaiting()),
            "the server waited for the request");
        await client.SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        return client;
    }

    /// <summary>The other connections of the loop are served, and a new one.</summary>
    private static async Task ShouldServe(StorkApp app, WebSocketClient client)
    {
        await client.SendAsync("421[\"ping\"]");
        await client.ShouldReceive("431[true]");
        await using var late = await WebSocketClient.OpenAsync(app);
        await late.JoinAsync();
    }

    private static Task UntilNoneIsLeft(StorkApp app) => Waiting.Until(
        () => app.Loops().All(static loop => loop.Blocked == 0), "the threads that had been held up were done");

    private Task UntilBlocked(int count) => Waiting.Until(() => Volatile.Read(ref _blocked) == count, $"{count} were blocked");

    private void BlockIfAsked(HttpContext context)
    {
        if (!context.Request.Query.ContainsKey("block")) return;
        lock (_threads) _threads.Add(Thread.CurrentThread.Name);
        Interlocked.Increment(ref _blocked);
        _release.Wait(Patience.Limit).ShouldBeTrue();
    }

    /// <summary>Asks something slow who the client is, and waits for the answer on the spot.</summary>
    private sealed class BlockingAuthentication(
        IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, Action<HttpContext> ask)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            ask(Context);
            var user = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "ann")], Scheme.Name));
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name)));
        }
    }
}
