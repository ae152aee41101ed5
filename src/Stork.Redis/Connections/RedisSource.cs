using StackExchange.Redis;
using Stork.Redis.Streams;

namespace Stork.Redis.Connections;

/// <summary>Where the connection to Redis comes from.</summary>
/// <param name="ConnectAsync">Makes it.</param>
/// <param name="IsOwned">Whether it is closed with the server.</param>
/// <param name="ConnectReaderAsync">Makes another one, on which answers may be held back; null where that is not known.</param>
internal sealed record RedisSource(
    Func<Task<IConnectionMultiplexer>> ConnectAsync, bool IsOwned, Func<Task<IConnectionMultiplexer>>? ConnectReaderAsync = null)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>A connection of its own, which is tried for as long as it takes.</summary>
    public static RedisSource To(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        // The library's own pauses are made for caches: here all wait for the connection, and few servers make it.
        options.ReconnectRetryPolicy = new ExponentialRetry((int)FirstPause.TotalMilliseconds, (int)LongestPause.TotalMilliseconds);
        return To(options);
    }

    /// <inheritdoc cref="To(string)"/>
    public static RedisSource To(ConfigurationOptions configuration)
    {
        var options = configuration.Clone();
        // A server that starts while Redis is away must not need a second start.
        options.AbortOnConnectFail = false;
        options.ClientName ??= "stork";
        var reading = options.Clone();
        // An answer that is held back must not be taken for one that does not come.
        var least = (int)(2 * StreamQueries.Block).TotalMilliseconds;
        reading.AsyncTimeout = Math.Max(reading.AsyncTimeout, least);
        return new RedisSource(() => DialAsync(options), IsOwned: true, () => DialAsync(reading));
    }

    private static async Task<IConnectionMultiplexer> DialAsync(ConfigurationOptions options) =>
        await ConnectionMultiplexer.ConnectAsync(options);

    /// <summary>The application's connection.</summary>
    public static RedisSource Of(IConnectionMultiplexer connection) => new(() => Task.FromResult(connection), IsOwned: false);
}
