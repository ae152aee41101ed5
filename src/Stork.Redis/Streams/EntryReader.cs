using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Stork.Redis.Connections;
using Stork.Redis.Diagnostics;

namespace Stork.Redis.Streams;

/// <summary>
/// Reads one stream for all namespaces of a server, from its end on, each entry once. After an outage it goes on where it was: what others
/// have written meanwhile comes in its order.
/// </summary>
/// <remarks>
/// <para>Redis holds the answer back until there is an entry (<c>XREAD BLOCK</c>), and with it all that is asked behind it on the same
/// connection: hence a connection of its own for each stream.</para>
/// <para>The next entries are asked for when these are handled, so what waits is bounded by one answer.</para>
/// </remarks>
[DebuggerDisplay("{_name} at {Position}")]
internal sealed class EntryReader : IAsyncDisposable
{
    /// <summary>Entries that are handled together at most: the clients of the first one wait for the last.</summary>
    private const int MostTogether = 32;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly string _name;
    private readonly int _batch;
    private readonly RedisConnection _connection;
    private readonly StreamQueries _queries;
    private readonly ILogger _logger;
    private readonly RedisMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, IStreamListener> _listeners = new(StringComparer.Ordinal);
    private readonly OffsetWaiters _waiters = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _positioned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private bool _hasFailed;

    public EntryReader(
        string name, int batch, RedisConnection connection, ILogger logger, RedisMetrics metrics, TimeProvider time)
    {
        (_name, _batch, _connection, _logger, _metrics, _time) = (name, batch, connection, logger, metrics, time);
        _queries = new StreamQueries(name);
        _reading = Task.Run(RunAsync);
    }

    /// <summary>Up to here all entries were handed over.</summary>
    public EventOffset Position => _waiters.Position;

    public bool IsConnected => _connection.IsConnected;

    /// <summary>Hands over the entries of a namespace from now on.</summary>
    /// <returns>Completes when it is known where the stream ended: entries behind that are handed over.</returns>
    public async Task AttachAsync(string nsp, IStreamListener listener)
    {
        _listeners[nsp] = listener;
        await _positioned.Task;
        listener.Advance(Position);
    }

    public void Detach(string nsp, IStreamListener listener) => _listeners.TryRemove(new(nsp, listener));

    /// <summary>Waits until the entries up to an offset were handed over.</summary>
    public Task WaitForAsync(EventOffset offset, CancellationToken cancellationToken) => _waiters.WaitForAsync(offset, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        // Ends the answer that Redis holds back.
        await _connection.DisposeAsync();
        await _reading;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await ReadAllAsync();
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
            {
                await RestAsync(exception);
            }
        }
    }

    private async Task ReadAllAsync()
    {
        var database = (await _connection.GetAsync()).GetDatabase();
        if (!_positioned.Task.IsCompleted)
        {
            _waiters.Reach(await _queries.FindEndAsync(database));
            _positioned.TrySetResult();
        }

        // Behind, as after an outage: entries may be gone before they are read.
        var isBehind = _hasFailed;
        while (!_stopping.IsCancellationRequested)
        {
            var entries = isBehind ? await CatchUpAsync(database) : await _queries.AwaitAsync(database, Position, _batch);
            if (_hasFailed) RedisLog.StreamReadAgain(_logger, _name);
            _hasFailed = false;
            Handle(entries);
            isBehind = entries.Length == _batch;
        }
    }

    private async Task<StreamEntry[]> CatchUpAsync(IDatabase database)
    {
        var (first, entries) = await _queries.ReadAsync(database, Position, upTo: null, _batch);
        if (first is { } start && start.CompareTo(Position) > 0 && Position != default)
        {
            _metrics.StreamTrimmed(_name);
            RedisLog.StreamTrimmed(_logger, _name, Position.ToString(), start.ToString());
        }

        return entries;
    }

    private void Handle(StreamEntry[] entries)
    {
        foreach (var some in entries.Chunk(MostTogether)) RedisStreamsAdapter.HandleTogether(() => HandleSome(some));
        if (entries.Length == 0 || !StreamQueries.TryParse(entries[^1].Id, out var last)) return;
        foreach (var (_, listener) in _listeners) listener.Advance(last);
        _waiters.Reach(last);
    }

    private void HandleSome(StreamEntry[] entries)
    {
        foreach (var entry in entries)
        {
            var fields = StreamEntryFields.Of(entry);
            if (_listeners.TryGetValue(fields.Namespace, out var listener) && StreamQueries.TryParse(entry.Id, out var offset))
                listener.Handle(offset, fields);
        }
    }

    private async Task RestAsync(Exception exception)
    {
        if (_stopping.IsCancellationRequested) return;
        if (!_hasFailed) RedisLog.StreamNotRead(_logger, exception, _name);
        _hasFailed = true;
        await Task.Delay(Pause, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
