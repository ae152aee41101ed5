using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Stork.Tests.Hosting;

/// <summary>An application with Stork in it: Kestrel on a free port of the loopback.</summary>
internal sealed class StorkApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private StorkApp(WebApplication app, SocketIOServer io, RecordedLog log)
    {
        _app = app;
        IO = io;
        Log = log;
        Url = new Uri(app.Urls.Single());
        // Codings are looked at by the tests themselves, and every cookie is named where it is sent.
        var handler = new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None, UseCookies = false };
        Http = new HttpClient(handler) { BaseAddress = Url };
    }

    public SocketIOServer IO { get; }

    public RecordedLog Log { get; }

    public Uri Url { get; }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    /// <param name="options">Socket.IO's.</param>
    /// <param name="time">The clock of heartbeats and timeouts; the system's if null.</param>
    /// <param name="services">More services.</param>
    /// <param name="pipeline">Middleware, and the mapping; if null, <c>MapSocketIO()</c> alone.</param>
    public static async Task<StorkApp> StartAsync(
        Action<SocketIOOptions>? options = null,
        TimeProvider? time = null,
        Action<IServiceCollection>? services = null,
        Func<WebApplication, SocketIOServer>? pipeline = null)
    {
        var log = new RecordedLog();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSocketIO(options);
        if (WithinHttpAttribute.IsOnRunningTests) builder.Services.Configure<SocketIOOptions>(all => all.TakeOverConnections = false);
        if (WithinHttpAttribute.IsOnRunningTests || KestrelSocketsAttribute.IsOnRunningTests)
            builder.Services.Configure<SocketIOOptions>(all => all.EventLoops = 0);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        if (time is not null) builder.Services.AddSingleton(time);
        services?.Invoke(builder.Services);
        var app = builder.Build();
        try
        {
            var io = pipeline is null ? app.MapSocketIO() : pipeline(app);
            await app.StartAsync(TestContext.Current.CancellationToken);
            return new StorkApp(app, io, log);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public Task StopAsync() => _app.StopAsync(CancellationToken.None).Within("the application to stop");

    public Task UntilConnections(int count) =>
        Waiting.Until(() => IO.ConnectionCount == count, $"there were {count} connections (there are {IO.ConnectionCount})");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
