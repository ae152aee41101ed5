using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Stork.Queues;
using Stork.Wire;

namespace Stork.Durable.WorkQueues;

/// <summary>The work queues of a server: hands out handles, and starts and stops consumers with the application.</summary>
internal sealed class WorkQueueHost
{
    private readonly SocketIOServer _server;
    /// <summary>So many queues are known to have sockets as consumers; of further ones, a job that clients cannot take is noticed when it
    /// is delivered.</summary>
    private const int MaxSocketQueues = 10_000;

    private readonly Lock _gate = new();
    private readonly List<QueueConsumer> _consumers = [];
    private readonly ConcurrentDictionary<string, bool> _socketQueues = new(StringComparer.Ordinal);
    private State _state;

    public WorkQueueHost(SocketIOServer server, TimeProvider time)
    {
        _server = server;
        Time = time;
        Telemetry = new QueueTelemetry(server.Services.GetService<IMeterFactory>());
        Unattended = new UnattendedQueues(this);
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

    public UnattendedQueues Unattended { get; }

    /// <summary>Queues with a consumer in this process.</summary>
    public IReadOnlyList<string> ConsumedQueues
    {
        get
        {
            lock (_gate) return _consumers.ConvertAll(static s => s.QueueName);
        }
    }

    public ArgumentSerializer Serializer => _server.Serializer;

    public IServiceProvider Services => _server.Services;

    public ILogger Logger => _server.Logger;

    /// <exception cref="InvalidOperationException">The server has no store.</exception>
    public QueueStore RequireStore() => _server.RequireStore();

    /// <summary>Sockets are, or may become, consumers of this queue: its jobs must be what clients can take.</summary>
    public void AddSocketQueue(string queue)
    {
        if (_socketQueues.Count < MaxSocketQueues) _socketQueues.TryAdd(queue, true);
    }

    /// <summary>How many attachments a job of this queue may have.</summary>
    public int MaxAttachmentsOf(string queue) =>
        _socketQueues.ContainsKey(queue) ? Math.Min(Serializer.MaxAttachments, JobBody.MaxAttachments) : JobBody.MaxAttachments;

    /// <exception cref="NotSupportedException">Jobs of this type can never be read.</exception>
    public void RequireReadable(string queue, Type job)
    {
        if (Serializer.FindReadingFault(job) is { } fault)
            throw new NotSupportedException($"Jobs of \"{queue}\" cannot be read as {job}: {fault}");
    }

    public WorkQueue<T> Open<T>(string name)
        where T : notnull
    {
        var queue = new WorkQueue<T>(this, RequireStore().Queue(name));
        Unattended.Watch(name);
        return queue;
    }

    /// <summary>The options of a work queue as the store has them.</summary>
    public QueueOptions OptionsOf(string name) => _server.Storage.Store.Configure?.Invoke(QueueKind.Work, name) ?? QueueOptions.Work;

    public QueueConsumer Add(string name, QueueConsumerOptions options, JobHandler handler)
    {
        var consumer = new QueueConsumer(this, RequireStore().Queue(name), options.Freeze(), handler);
        lock (_gate)
        {
            if (_state == State.Stopped) throw new InvalidOperationException("The application is stopping.");
            _consumers.Add(consumer);
            if (_state == State.Running) _ = consumer.StartAsync();
        }

        return consumer;
    }

    public void Remove(QueueConsumer consumer)
    {
        lock (_gate) _consumers.Remove(consumer);
    }

    public Task StartAsync()
    {
        lock (_gate)
        {
            if (_state == State.NotStarted) _state = State.Running;
            return Task.WhenAll(_consumers.ConvertAll(static s => s.StartAsync()));
        }
    }

    /// <summary>The application begins to stop: from now on no job is begun, whoever would be to do it.</summary>
    public void BeginStop()
    {
        lock (_gate)
        {
            _state = State.Stopped;
            foreach (var consumer in _consumers) consumer.BeginStop();
        }

        _server.Store?.StopDeliveries();
    }

    public Task StopAsync(CancellationToken hurry)
    {
        Unattended.Dispose();
        lock (_gate)
        {
            _state = State.Stopped;
            return Task.WhenAll(_consumers.ConvertAll(s => s.StopAsync(hurry)));
        }
    }
}
