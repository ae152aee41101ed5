using System.Collections.Concurrent;
using System.Net;
using StackExchange.Redis;
using StackExchange.Redis.Configuration;

namespace Stork.Redis.Connections;

/// <summary>Connects to a Redis that was the primary once only when Sentinel says that it is again.</summary>
/// <remarks>A primary that died and is started again takes itself for the primary, until Sentinel makes it a replica some ten seconds
/// later. The client library believes it: it publishes there, and moves its subscriptions without giving up those at the real one. When the
/// former primary is a replica, all messages come twice from then on.</remarks>
/// <param name="options">How the Sentinels are connected to, and what the primary is called there.</param>
internal sealed class FormerPrimaries(ConfigurationOptions options) : Tunnel, IAsyncDisposable
{
    private readonly ConcurrentDictionary<EndPoint, bool> _named = new();
    private readonly Lock _gate = new();
    private Task<ConnectionMultiplexer>? _sentinels;

    /// <exception cref="RedisConnectionException">Another one is the primary now.</exception>
    public override async ValueTask<EndPoint?> GetSocketConnectEndpointAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        var isSentinel = options.EndPoints.Contains(endpoint);
        if (!isSentinel && await FindPrimaryAsync() is { } primary)
        {
            if (primary.Equals(endpoint)) _named[endpoint] = true;
            else if (_named.ContainsKey(endpoint)) throw CreateRefusal(primary);
        }

        return await base.GetSocketConnectEndpointAsync(endpoint, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? sentinels;
        lock (_gate) sentinels = _sentinels;
        if (sentinels is null) return;
        await ((Task)sentinels).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (sentinels.IsCompletedSuccessfully) await (await sentinels).DisposeAsync();
    }

    private static RedisConnectionException CreateRefusal(EndPoint primary) =>
        new(ConnectionFailureType.UnableToConnect, CommandFlags.None, $"The primary is at {primary} now.", null);

    /// <summary>Null if no Sentinel knows it; then nobody is refused.</summary>
    private async Task<EndPoint?> FindPrimaryAsync()
    {
        try
        {
            var sentinels = await GetSentinelsAsync();
            foreach (var sentinel in sentinels.GetServers().Where(static server => server.IsConnected))
            {
                if (await sentinel.SentinelGetMasterAddressByNameAsync(options.ServiceName!) is { } primary) return primary;
            }
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // None can be asked.
        }

        return null;
    }

    private Task<ConnectionMultiplexer> GetSentinelsAsync()
    {
        lock (_gate)
        {
            if (_sentinels is null or { IsFaulted: true }) _sentinels = Task.Run(() => ConnectionMultiplexer.SentinelConnectAsync(options));
            return _sentinels;
        }
    }
}
