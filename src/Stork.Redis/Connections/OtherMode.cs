using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Stork.Redis.Diagnostics;

namespace Stork.Redis.Connections;

/// <summary>Servers with the same prefix that work in another mode: neither they nor this one would notice, since nobody hears of the
/// other.</summary>
internal static class OtherMode
{
    /// <summary>Asks once whether there are any, and says so. Never throws.</summary>
    /// <param name="multiplexer">Where.</param>
    /// <param name="mode">The mode that is looked for.</param>
    /// <param name="counted">By which channel servers of that mode count each other.</param>
    /// <param name="nsp">The namespace.</param>
    /// <param name="options">Those of this server.</param>
    /// <param name="logger">Where it is said.</param>
    public static async Task WarnAsync(
        IConnectionMultiplexer multiplexer,
        RedisAdapterMode mode,
        RedisChannel counted,
        string nsp,
        RedisAdapterOptions options,
        ILogger logger)
    {
        try
        {
            var count = await SubscriberCount.AskAsync(multiplexer, counted, CancellationToken.None);
            if (count > 0) RedisLog.OtherModeFound(logger, count, options.KeyPrefix, mode.ToString(), options.Mode.ToString(), nsp);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // Redis is away, or so old that it has no such mode.
        }
    }
}
