using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Stork.EngineIO.Takeover;

namespace Stork.Tests.EngineIO.WebSockets;

/// <summary>
/// Kestrel on a free port of 127.0.0.1 in front of one handler. Knows when each request ended and what went wrong inside of the server.
/// </summary>
internal sealed class WebSocketServer : ILoggerProvider, ILogger, IAsyncDisposable
{
    private static readonly Lazy<X509Certificate2> Certificate = new(CreateCertificate);
    private static readonly object EndKey = new();

    private readonly WebApplication _app;
    private readonly RequestDelegate _handler;
    private readonly ConcurrentQueue<Task> _requests = new();

    private WebSocketServer(
        HttpProtocols protocols, bool tls, bool takesOver, RequestDelegate handler, Action<KestrelServerOptions>? configure)
    {
        _handler = handler;
        IsTls = tls;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddProvider(this);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = Patience.Limit);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                if (tls)
                    listen.UseHttps(Certificate.Value);
                if (takesOver)
                    listen.Use(ConnectionTakeover.Around);
            });
            configure?.Invoke(options);
        });
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(Memory);
        _app = builder.Build();
        _app.Use((RequestDelegate next) => context => Before is null ? Handle(context) : Before(context, Handle));
    }

    /// <summary>A middleware in front of the handler.</summary>
    public Func<HttpContext, RequestDelegate, Task>? Before { get; set; }

    public CountingMemoryPoolFactory Memory { get; } = new();

    public ConcurrentQueue<string> Errors { get; } = new();

    public bool IsTls { get; }

    public int Port { get; private set; }

    public Uri Url => new($"{(IsTls ? "wss" : "ws")}://127.0.0.1:{Port}/");

    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    /// <summary>
    /// The requests in the order in which they came, each completed when its handler has ended, or the owner of its connection.
    /// </summary>
    public IReadOnlyCollection<Task> Requests => _requests;

    public static async Task<WebSocketServer> StartAsync(
        RequestDelegate handler,
        HttpProtocols protocols = HttpProtocols.Http1,
        bool tls = false,
        Action<KestrelServerOptions>? configure = null,
        bool takesOver = false)
    {
        var server = new WebSocketServer(protocols, tls, takesOver, handler, configure);
        await server._app.StartAsync().Within("the server to start");
        var addresses = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        server.Port = new Uri(addresses.Addresses.Single()).Port;
        return server;
    }

    /// <summary>The self-signed certificate all servers here present.</summary>
    public static X509Certificate2 OwnCertificate => Certificate.Value;

    /// <summary>Whether it is that certificate.</summary>
    public static bool IsOwn(X509Certificate? presented) =>
        presented is not null && presented.GetRawCertData().AsSpan().SequenceEqual(Certificate.Value.RawDataMemory.Span);

    /// <summary>Has the request count as under way until the task has ended.</summary>
    public static void Prolong(HttpContext context, Task task) => context.Items[EndKey] = task;

    /// <summary>Stops; with <paramref name="patient"/> false open connections are cut at once.</summary>
    public Task StopAsync(bool patient = true) =>
        _app.StopAsync(new CancellationToken(canceled: !patient)).Within("the server to stop");

    public async ValueTask DisposeAsync()
    {
        await StopAsync(patient: false);
        await _app.DisposeAsync();
        Errors.ShouldBeEmpty("the server must not have logged an error");
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => this;

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    void ILogger.Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning)
            Errors.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");
    }

    void IDisposable.Dispose()
    {
    }

    private async Task Handle(HttpContext context)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Enqueue(ended.Task);
        try
        {
            await _handler(context);
        }
        finally
        {
            _ = CompleteAsync(context.Items[EndKey] as Task ?? Task.CompletedTask, ended);
        }
    }

    private static async Task CompleteAsync(Task last, TaskCompletionSource ended)
    {
        await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ended.SetResult();
    }

    private static X509Certificate2 CreateCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
