using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Stork.Redis.Diagnostics;
using Stork.Redis.Streams;
using Stork.Shared;

namespace Stork.Redis.Connections;

/// <summary>Makes the adapters of a server's namespaces; what they share lives and ends with it.</summary>
internal sealed class RedisAdapterFactory : IAsyncDisposable
{
    private readonly RedisAdapterOptions _options;
    private readonly EntryReaders _readers;
    private readonly ILogger _logger;
    private readonly RedisMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly FormerPrimaries? _formerPrimaries;

    public RedisAdapterFactory(IServiceProvider services, RedisSource source)
    {
        _options = services.GetRequiredService<IOptions<RedisAdapterOptions>>().Value;
        _logger = BestEffortLogger.Around(services.GetRequiredService<ILoggerFactory>().CreateLogger(RedisLog.Category));
        _metrics = new RedisMetrics(services.GetService<IMeterFactory>());
        _time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        _formerPrimaries = source.FormerPrimaries;
        Connection = new RedisConnection(source.ConnectAsync, source.IsOwned, _logger, _metrics, _time);
        if (_options.Mode == RedisAdapterMode.Streams && source.ConnectReaderAsync is null)
        {
            throw new InvalidOperationException(
                $"{nameof(RedisAdapterMode.Streams)} needs a connection of its own, on which Redis holds answers back: give UseRedis a "
                + "configuration instead of a connection.");
        }

        _readers = new EntryReaders(source, _options, _logger, _metrics, _time);
    }

    public RedisConnection Connection { get; }

    /// <summary>Whether what other servers write into streams comes; true where there are none.</summary>
    public bool AreStreamsRead => _readers.AreConnected;

    public Adapter Create(Namespace nsp) => _options.Mode switch
    {
        RedisAdapterMode.Sharded => new RedisShardedAdapter(nsp, Connection, _options, _logger, _metrics, _time),
        RedisAdapterMode.Streams => new RedisStreamsAdapter(nsp, Connection, _readers, _options, _logger, _metrics, _time),
        _ => new RedisPubSubAdapter(nsp, Connection, _options, _logger, _metrics, _time),
    };

    public async ValueTask DisposeAsync()
    {
        await _readers.DisposeAsync();
        await Connection.DisposeAsync();
        if (_formerPrimaries is not null) await _formerPrimaries.DisposeAsync();
        _metrics.Dispose();
    }
}
