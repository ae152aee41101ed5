using StackExchange.Redis;
using Stork.Redis.Streams;

namespace Stork.Redis.Connections;

/// <summary>Where the connection to Redis comes from.</summary>
/// <param name="ConnectAsync">Makes it.</param>
/// <param name="IsOwned">Whether it is closed with the server.</param>
/// <param name="ConnectReaderAsync">Makes another one, on which answers may be held back; null where that is not known.</param>
/// <param name="FormerPrimaries">Who keeps to the primary that Sentinel names, to be closed with the server; null without Sentinel.</param>
internal sealed record RedisSource(
    Func<Task<IConnectionMultiplexer>> ConnectAsync,
    bool IsOwned,
    Func<Task<IConnectionMultiplexer>>? ConnectReaderAsync = null,
    FormerPrimaries? FormerPrimaries = null)
{
    private const int KeepAliveSeconds = 10;

    /// <summary>Between two attempts to connect, at first.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two attempts to connect, in the end.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>A connection of its own, which is tried for as long as it takes.</summary>
    public static RedisSource To(string configuration)
    {
        var options = ConfigurationOptions.Parse(configuration);
        // A connection for messages sends nothing itself: the sooner it asks whether Redis is there, the sooner a dead one is noticed.
        if (!configuration.Contains("keepAlive", StringComparison.OrdinalIgnoreCase)) options.KeepAlive = KeepAliveSeconds;
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
        FormerPrimaries? formerPrimaries = null;
        // A way of connecting that the application has made is left as it is.
        if (!string.IsNullOrEmpty(options.ServiceName) && options.Tunnel is null)
            options.Tunnel = formerPrimaries = new FormerPrimaries(options.Clone());
        var reading = options.Clone();
        // An answer that is held back must not be taken for one that does not come.
        var least = (int)(2 * StreamQueries.Block).TotalMilliseconds;
        reading.AsyncTimeout = Math.Max(reading.AsyncTimeout, least);
        return new RedisSource(() => DialAsync(options), IsOwned: true, () => DialAsync(reading), formerPrimaries);
    }

    /// <summary>The application's connection.</summary>
    public static RedisSource Of(IConnectionMultiplexer connection) => new(() => Task.FromResult(connection), IsOwned: false);

    /// <exception cref="RedisConnectionException">No Sentinel knows the primary.</exception>
    private static async Task<IConnectionMultiplexer> DialAsync(ConfigurationOptions options)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
        if (string.IsNullOrEmpty(options.ServiceName) || multiplexer.GetEndPoints().Except(options.EndPoints).Any()) return multiplexer;
        // What the library gives when no Sentinel answers is connected to nothing, and never will be.
        await multiplexer.DisposeAsync();
        throw new RedisConnectionException(
            ConnectionFailureType.UnableToConnect, CommandFlags.None, $"No Sentinel knows where {options.ServiceName} is.", null);
    }
}
