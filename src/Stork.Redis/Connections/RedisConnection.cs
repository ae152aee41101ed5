using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Stork.Redis.Diagnostics;

namespace Stork.Redis.Connections;

/// <summary>The connection of a server to Redis, which all its namespaces share. It is made when the first one needs it, and mends
/// itself.</summary>
/// <param name="connect">Makes it. May give one that is not connected yet, and tries by itself.</param>
/// <param name="isOwned">Whether it is closed with the server: one that the application gave is not.</param>
/// <param name="logger">Where its losses are told.</param>
/// <param name="metrics">Where they are counted.</param>
/// <param name="time">The clock.</param>
/// <param name="isHeldBack">Whether Redis holds answers back on it, which are not waited for when it is closed.</param>
[DebuggerDisplay("connected: {IsConnected}")]
internal sealed class RedisConnection(
    Func<Task<IConnectionMultiplexer>> connect,
    bool isOwned,
    ILogger logger,
    RedisMetrics metrics,
    TimeProvider time,
    bool isHeldBack = false)
    : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _disposing = new();
    private Task<IConnectionMultiplexer>? _connecting;
    private bool _isDisposed;

    /// <summary>Whether commands reach Redis at the moment, and messages come from it.</summary>
    public bool IsConnected => Multiplexer is { } multiplexer
        && PublishersOf(multiplexer).Any()
        && multiplexer.GetSubscriber().IsConnected();

    private IConnectionMultiplexer? Multiplexer
    {
        get
        {
            lock (_gate) return _connecting is { IsCompletedSuccessfully: true } made ? made.Result : null;
        }
    }

    /// <summary>Gives the connection; waits where there can be none yet, as no Sentinel knows where Redis is.</summary>
    public Task<IConnectionMultiplexer> GetAsync()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_connecting is null or { IsFaulted: true } or { IsCanceled: true }) _connecting = ConnectAsync(_disposing.Token);
            return _connecting;
        }
    }

    /// <summary>Why messages do not travel at the moment, as far as one can find out by asking Redis.</summary>
    /// <returns>A sentence; null if they do.</returns>
    public async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        if (!IsConnected) return "Redis is not connected";
        var multiplexer = await GetAsync();
        try
        {
            // A Redis that hangs is connected all the same; and messages come by a connection of their own.
            var pings = PublishersOf(multiplexer).Select(static server => server.PingAsync());
            await Task.WhenAll(pings.Append(multiplexer.GetSubscriber().PingAsync())).WaitAsync(cancellationToken);
            return null;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return "Redis does not answer";
        }
    }

    /// <summary>The servers that publish: each counts its own subscribers.</summary>
    public static IEnumerable<IServer> PublishersOf(IConnectionMultiplexer multiplexer) =>
        multiplexer.GetServers().Where(static server => server is { IsConnected: true, IsReplica: false });

    public async ValueTask DisposeAsync()
    {
        Task<IConnectionMultiplexer>? connecting;
        lock (_gate)
        {
            _isDisposed = true;
            connecting = _connecting;
        }

        await _disposing.CancelAsync();
        _disposing.Dispose();
        if (connecting is null) return;
        await ((Task)connecting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!connecting.IsCompletedSuccessfully) return;
        var multiplexer = await connecting;
        multiplexer.ConnectionFailed -= OnLost;
        multiplexer.ConnectionRestored -= OnRestored;
        if (isHeldBack) await multiplexer.CloseAsync(allowCommandsToComplete: false);
        if (isOwned) await multiplexer.DisposeAsync();
    }

    private async Task<IConnectionMultiplexer> ConnectAsync(CancellationToken cancellationToken)
    {
        // Whoever connects holds the lock.
        await Task.Yield();
        var multiplexer = await ConnectUntilDoneAsync(cancellationToken);
        multiplexer.ConnectionFailed += OnLost;
        multiplexer.ConnectionRestored += OnRestored;
        if (multiplexer.IsConnected) RedisLog.Connected(logger, Describe(multiplexer.GetEndPoints()));
        return multiplexer;
    }

    private async Task<IConnectionMultiplexer> ConnectUntilDoneAsync(CancellationToken cancellationToken)
    {
        for (var pause = RedisSource.FirstPause; ; pause = pause < RedisSource.LongestPause / 2 ? pause * 2 : RedisSource.LongestPause)
        {
            try
            {
                return await connect();
            }
            catch (RedisConnectionException exception)
            {
                if (pause == RedisSource.FirstPause) RedisLog.NotFound(logger, exception, exception.Message);
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private void OnLost(object? sender, ConnectionFailedEventArgs failure)
    {
        metrics.ConnectionLost(failure.ConnectionType.ToString());
        RedisLog.ConnectionLost(
            logger, failure.Exception, failure.ConnectionType.ToString(), Describe(failure.EndPoint), failure.FailureType.ToString());
    }

    private void OnRestored(object? sender, ConnectionFailedEventArgs restored) =>
        RedisLog.ConnectionRestored(logger, restored.ConnectionType.ToString(), Describe(restored.EndPoint));

    private static string Describe(params EndPoint?[] endPoints) => string.Join(", ", endPoints.Select(static endPoint =>
        endPoint is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : endPoint?.ToString() ?? "?"));
}
