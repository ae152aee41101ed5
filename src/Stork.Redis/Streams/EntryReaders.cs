using Microsoft.Extensions.Logging;
using Stork.Redis.Connections;
using Stork.Redis.Diagnostics;

namespace Stork.Redis.Streams;

/// <summary>The readers of a server: one for each stream that its namespaces have, from when the first one needs it.</summary>
internal sealed class EntryReaders(
    RedisSource source, RedisAdapterOptions options, ILogger logger, RedisMetrics metrics, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, EntryReader> _readers = new(StringComparer.Ordinal);
    private bool _isDisposed;

    /// <summary>Whether all streams can be read at the moment.</summary>
    public bool AreConnected
    {
        get
        {
            lock (_gate) return _readers.Values.All(static reader => reader.IsConnected);
        }
    }

    public EntryReader Get(string name)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_readers.TryGetValue(name, out var known)) return known;
            var connection = new RedisConnection(source.ConnectReaderAsync!, isOwned: true, logger, metrics, time, isHeldBack: true);
            return _readers[name] = new EntryReader(name, options.Streams.ReadCount, connection, logger, metrics, time);
        }
    }

    public EntryReader? Find(string name)
    {
        lock (_gate) return _readers.GetValueOrDefault(name);
    }

    public async ValueTask DisposeAsync()
    {
        EntryReader[] readers;
        lock (_gate)
        {
            _isDisposed = true;
            readers = [.. _readers.Values];
        }

        foreach (var reader in readers) await reader.DisposeAsync();
    }
}
