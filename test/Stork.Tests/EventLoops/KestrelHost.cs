using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Stork.Tests.EngineIO.WebSockets;

namespace Stork.Tests.EventLoops;

/// <summary>An ordinary web application that has Socket.IO as well, over event loops or over Kestrel's own sockets.</summary>
internal sealed class KestrelHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private KestrelHost(WebApplication app, RecordedLog log)
    {
        _app = app;
        Log = log;
    }

    public RecordedLog Log { get; }

    public IPEndPoint[] EndPoints { get; private set; } = [];

    public IPEndPoint EndPoint => EndPoints[0];

    public static async Task<KestrelHost> StartAsync(int loops, Action<WebApplication> map, Action<KestrelServerOptions>? kestrel = null)
    {
        Assert.SkipUnless(loops == 0 || OperatingSystem.IsLinux(), "There are event loops on Linux only.");
        var log = new RecordedLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
        {
            if (kestrel is null) options.Listen(IPAddress.Loopback, 0);
            else kestrel(options);
        });
        builder.Services.AddSocketIO(options => options.EventLoops = loops);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Patience.Limit);
        var app = builder.Build();
        map(app);
        app.MapSocketIO();
        try
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        app.Urls.Count.ShouldBePositive();
        log.Of(120).Any().ShouldBe(loops > 0);
        var urls = app.Urls.Select(static url => new Uri(url.Replace("[::]", "[::1]", StringComparison.Ordinal)));
        return new KestrelHost(app, log)
        {
            EndPoints = [.. urls.Select(static url => new IPEndPoint(IPAddress.Parse(url.Host), url.Port))],
        };
    }

    /// <summary>An application that answers all requests in one way.</summary>
    public static Task<KestrelHost> StartAsync(int loops, RequestDelegate handler, Action<KestrelServerOptions>? kestrel = null) =>
        StartAsync(loops, app => app.Map("/{**any}", handler), kestrel);

    public HttpClient CreateClient(Version? version = null, bool tls = false) => new(
        new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = static (_, presented, _, _) => WebSocketServer.IsOwn(presented) },
            Expect100ContinueTimeout = Patience.Limit,
        })
    {
        BaseAddress = new Uri($"{(tls ? "https" : "http")}://{EndPoint}"),
        DefaultRequestVersion = version ?? HttpVersion.Version11,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Patience.Limit,
    };

    public Task StopAsync() => _app.StopAsync(CancellationToken.None).Within("the application to stop");

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
