using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Stork.Adapter.Tests;

/// <summary>One server of a cluster: Kestrel on a free port of the loopback.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, BusAdapter> _adapters;

    private Server(WebApplication app, SocketIOServer io, RecordedLog log, ConcurrentDictionary<string, BusAdapter> adapters)
    {
        _app = app;
        _adapters = adapters;
        IO = io;
        Log = log;
        Url = new Uri(app.Urls.Single());
    }

    public SocketIOServer IO { get; }

    public RecordedLog Log { get; }

    public Uri Url { get; }

    /// <summary>The adapter of the main namespace.</summary>
    public BusAdapter Adapter => AdapterOf("/");

    public string Id => Adapter.ServerId;

    public BusAdapter AdapterOf(string nsp) => _adapters[nsp];

    public static async Task<Server> StartAsync(
        Bus bus,
        ClusterAdapterOptions? cluster = null,
        Action<SocketIOOptions>? options = null,
        Action<BusAdapter>? configure = null,
        Action<SocketIOServer>? setUp = null,
        TimeProvider? time = null)
    {
        var log = new RecordedLog();
        var adapters = new ConcurrentDictionary<string, BusAdapter>(StringComparer.Ordinal);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        if (time is not null) builder.Services.AddSingleton(time);
        builder.Services.AddSocketIO(settings =>
        {
            options?.Invoke(settings);
            settings.AdapterFactory = nsp =>
            {
                var made = new BusAdapter(nsp, bus, cluster ?? Patient());
                configure?.Invoke(made);
                return adapters[nsp.Name] = made;
            };
        });
        var app = builder.Build();
        var io = app.MapSocketIO();
        setUp?.Invoke(io);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Server(app, io, log, adapters);
    }

    /// <summary>For a machine that may be busy for long: nobody is missed who is only slow.</summary>
    public static ClusterAdapterOptions Patient() => new() { RequestTimeout = Patience.Limit, HeartbeatTimeout = TimeSpan.FromHours(1) };

    /// <summary>As <see cref="Patient"/>, for those who wait in vain.</summary>
    public static ClusterAdapterOptions Impatient() =>
        new() { RequestTimeout = TimeSpan.FromMilliseconds(200), HeartbeatTimeout = TimeSpan.FromHours(1) };

    public Task StopAsync() => _app.StopAsync(CancellationToken.None).Within("the server to stop");

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
