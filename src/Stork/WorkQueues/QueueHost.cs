using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Stork.Queues;
using Stork.Serialization;

namespace Stork.WorkQueues;

/// <summary>The work queues of a server: hands out handles, and starts and stops consumers with the application.</summary>
internal sealed class QueueHost
{
    private readonly SocketIOServer _server;
    private readonly Lock _gate = new();
    private readonly List<QueueSubscription> _subscriptions = [];
    private State _state;

    public QueueHost(SocketIOServer server, TimeProvider time)
    {
        _server = server;
        Time = time;
        Telemetry = new QueueTelemetry(server.Services.GetService<IMeterFactory>());
        // Without a host nobody says when to start.
        if (server.Services.GetService<IHostApplicationLifetime>() is null) _state = State.Running;
    }

    private enum State
    {
        NotStarted,
        Running,
        Stopped,
    }

    public TimeProvider Time { get; }

    public QueueTelemetry Telemetry { get; }

    public ArgumentSerializer Serializer => _server.Serializer;

    public IServiceProvider Services => _server.Services;

    public ILogger Logger => _server.Logger;

    /// <exception cref="InvalidOperationException">The server has no store.</exception>
    public QueueStore RequireStore() => _server.RequireStore();

    public WorkQueue<T> Open<T>(string name)
        where T : notnull => new(this, RequireStore().Queue(name));

    /// <summary>The options of a work queue as the store has them.</summary>
    public QueueOptions OptionsOf(string name) => _server.Options.Store.Configure?.Invoke(QueueKind.Work, name) ?? QueueOptions.Work;

    public QueueSubscription Add(string name, QueueConsumerOptions options, JobHandler handler)
    {
        var subscription = new QueueSubscription(this, RequireStore().Queue(name), options.Freeze(), handler);
        lock (_gate)
        {
            if (_state == State.Stopped) throw new InvalidOperationException("The application is stopping.");
            _subscriptions.Add(subscription);
            if (_state == State.Running) _ = subscription.StartAsync();
        }

        return subscription;
    }

    public void Remove(QueueSubscription subscription)
    {
        lock (_gate) _subscriptions.Remove(subscription);
    }

    public Task StartAsync()
    {
        lock (_gate)
        {
            if (_state == State.NotStarted) _state = State.Running;
            return Task.WhenAll(_subscriptions.ConvertAll(static s => s.StartAsync()));
        }
    }

    public Task StopAsync(CancellationToken hurry)
    {
        lock (_gate)
        {
            _state = State.Stopped;
            return Task.WhenAll(_subscriptions.ConvertAll(s => s.StopAsync(hurry)));
        }
    }
}
