using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Stork.MicroBenchmarks.Server;

/// <summary>A web server without a network: requests are handed to it as features, and handled on the caller's thread.</summary>
internal sealed class InMemoryServer : IServer
{
    private Func<IFeatureCollection, Task>? _process;

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _process = features => application.ProcessRequestAsync(application.CreateContext(features));
        return Task.CompletedTask;
    }

    /// <summary>Completes with the request; that of a WebSocket, with its connection.</summary>
    public Task ProcessAsync(IFeatureCollection request) => _process!(request);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
    }
}
