using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Stork.Interop.Tests.Clients;
using Stork.MessagePack;
using Xunit.v3;

namespace Stork.Interop.Tests.Servers;

/// <summary>An application with Socket.IO on a real Kestrel, on a port of the loopback.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestServer(WebApplication app, SocketIOServer io, TestLog log)
    {
        _app = app;
        IO = io;
        Log = log;
        Url = new Uri(app.Urls.Single());
    }

    public SocketIOServer IO { get; }

    public TestLog Log { get; }

    public Uri Url { get; }

    /// <param name="setUp">Registers handlers, before the first client can come.</param>
    /// <param name="configure">Sets options.</param>
    /// <param name="port">The port, for a server that takes the place of another; 0 for a free one.</param>
    /// <param name="before">Sees each request first.</param>
    /// <param name="page">A page of HTML at the server's root.</param>
    public static async Task<TestServer> StartAsync(
        Action<SocketIOServer> setUp,
        Action<SocketIOOptions>? configure = null,
        int port = 0,
        Action<HttpContext>? before = null,
        string? page = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var log = new TestLog();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Information);
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddSocketIO(options =>
        {
            options.Parser = ParserOfTest();
            configure?.Invoke(options);
        });
        var app = builder.Build();
        if (before is not null)
        {
            app.Use((context, next) =>
            {
                before(context);
                return next(context);
            });
        }

        if (page is not null) app.MapGet("/", () => Results.Content(page, "text/html"));
        var io = app.MapSocketIO();
        setUp(io);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestServer(app, io, log);
    }

    /// <summary>What the client of the test speaks, if it is one that is made with a parser.</summary>
    public static PacketParser? ParserOfTest() =>
        TestContext.Current.Test is IXunitTest test && test.TestMethodArguments.Contains(ClientVersion.V4_8_MessagePack)
            ? new MessagePackParser()
            : null;

    /// <summary>Ends it as an operator would.</summary>
    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
