using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Stork.Durable;
using Stork.Durable.Consumers;
using Stork.Durable.Inboxes;
using Stork.Durable.Storage;
using Stork.Queues;
using Stork.Recovery;
using Stork.SocketIO;
using Stork.SocketIO.Sessions;
using Stork.Wire;

namespace Stork.Hosting;

/// <summary>Puts a server together from the parts of all floors.</summary>
internal static class SocketIOServerFactory
{
    /// <param name="options">Validated options.</param>
    /// <param name="services">The application's services.</param>
    /// <param name="logger">Log of the server.</param>
    /// <param name="metrics">Meters of the server.</param>
    /// <param name="time">The clock of all timers.</param>
    public static SocketIOServer Create(
        SocketIOOptions options, IServiceProvider services, ILogger logger, SocketIOMetrics metrics, TimeProvider time)
    {
        options = options.Freeze();
        logger = BestEffortLogger.Around(new EscapingLogger(logger));
        var storage = options.ToStorageOptions(services.GetService<IHostEnvironment>()?.ContentRootPath);
        var store = OpenStore(storage, services, logger, time);
        return new SocketIOServer(new ServerParts
        {
            Options = options.ToSocketOptions(),
            Engine = options.ToEngineOptions(),
            Serializer = new ArgumentSerializer(options.JsonSerializerOptions, options.MaxJsonDepth, options.MaxSentAttachments),
            Services = services,
            Logger = logger,
            Metrics = metrics,
            Time = time,
            Store = store,
            SocketFeatures = store is null ? [] : [socket => new SocketConsumers(socket, store)],
            AddFeatures = server =>
            {
                server.Features.Add(new SocketIOEndpoint(server, options));
                server.Features.Add(new DurableServer(server, storage, time));
            },
            CreateSessionLog = server => options.ConnectionStateRecovery is { } recovery
                ? new RecoveryLog(server, recovery, Identities.AskForSessionAsync, QueueStoreFactory.RecoveryDirectory(storage))
                : NoSessionLog.Instance,
        });
    }

    private static QueueStore? OpenStore(StorageOptions storage, IServiceProvider services, ILogger logger, TimeProvider time)
    {
        if (storage.DataDirectory is not { } directory) return null;
        var failure = new StoreFailure(storage, services.GetService<IHostApplicationLifetime>(), logger);
        return QueueStoreFactory.Open(directory, storage, services.GetRequiredService<ILoggerFactory>(), time, failure);
    }
}
