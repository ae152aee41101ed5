using StackExchange.Redis;

namespace Stork.Redis.Connections;

/// <summary>What a namespace has subscribed to. Each subscription is waited for until Redis has confirmed it, as long as Redis answers;
/// otherwise the client library makes it as soon as it is connected, and again after each loss of the connection.</summary>
/// <param name="subscriber">Where.</param>
/// <param name="time">The clock.</param>
/// <param name="limit">How long Redis is waited for, over all subscriptions.</param>
internal sealed class Subscriptions(ISubscriber subscriber, TimeProvider time, TimeSpan limit)
{
    /// <summary>At the master, since only it counts its subscribers for others.</summary>
    private const CommandFlags Flags = CommandFlags.DemandMaster;

    private readonly List<Func<Task>> _removals = [];
    private readonly long _started = time.GetTimestamp();

    /// <summary>Why not all of them are confirmed; null if they are.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Subscribes, in order: the ones before are confirmed first.</summary>
    /// <returns>The messages that come.</returns>
    public async Task<ChannelMessageQueue> AddAsync(RedisChannel channel, CancellationToken cancellationToken)
    {
        var messages = await TrySubscribeAsync(() => subscriber.SubscribeAsync(channel, Flags), channel, cancellationToken)
            ?? await subscriber.SubscribeAsync(channel, Flags | CommandFlags.FireAndForget);
        _removals.Add(() => messages.UnsubscribeAsync());
        return messages;
    }

    /// <summary>Subscribes to be counted, to what comes otherwise as well.</summary>
    public async Task AddIgnoredAsync(RedisChannel channel, CancellationToken cancellationToken)
    {
        Action<RedisChannel, RedisValue> ignore = static (_, _) => { };
        var isDone = await TrySubscribeAsync(SubscribeAsync, channel, cancellationToken);
        if (!isDone) await subscriber.SubscribeAsync(channel, ignore, Flags | CommandFlags.FireAndForget);
        _removals.Add(() => subscriber.UnsubscribeAsync(channel, ignore));

        async Task<bool> SubscribeAsync()
        {
            await subscriber.SubscribeAsync(channel, ignore, Flags);
            return true;
        }
    }

    /// <summary>Ends all, the last first, and each though another fails: what a lost connection was subscribed to is over anyway.</summary>
    public async Task RemoveAllAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(_removals.AsEnumerable().Reverse().Select(static remove => remove()))
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task<T?> TrySubscribeAsync<T>(Func<Task<T>> subscribe, RedisChannel channel, CancellationToken cancellationToken)
    {
        var left = limit - time.GetElapsedTime(_started);
        if (Failure is not null || left <= TimeSpan.Zero)
        {
            Failure ??= new TimeoutException("Redis was not waited for any longer.");
            return default;
        }

        try
        {
            return await subscribe().WaitAsync(left, time, cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            Failure = exception;
            // It is registered all the same, and nobody would read its messages.
            await subscriber.UnsubscribeAsync(channel, handler: null, CommandFlags.FireAndForget);
            return default;
        }
    }
}
