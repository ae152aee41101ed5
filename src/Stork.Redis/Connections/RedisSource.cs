using StackExchange.Redis;

namespace Stork.Redis.Connections;

/// <summary>Where the connection to Redis comes from.</summary>
/// <param name="ConnectAsync">Makes it.</param>
/// <param name="IsOwned">Whether it is closed with the server.</param>
internal sealed record RedisSource(Func<Task<IConnectionMultiplexer>> ConnectAsync, bool IsOwned)
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
        return new RedisSource(async () => await ConnectionMultiplexer.ConnectAsync(options), IsOwned: true);
    }

    /// <summary>The application's connection.</summary>
    public static RedisSource Of(IConnectionMultiplexer connection) => new(() => Task.FromResult(connection), IsOwned: false);
}
