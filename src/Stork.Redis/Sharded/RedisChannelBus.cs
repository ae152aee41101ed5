using System.Diagnostics.CodeAnalysis;
using StackExchange.Redis;
using Stork.Redis.Connections;

namespace Stork.Redis.Sharded;

/// <summary>The sharded channels of Redis.</summary>
/// <param name="subscriber">Subscribes.</param>
/// <param name="received">Takes the messages of all channels.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore holds nothing unless somebody asks for its handle.")]
internal sealed class RedisChannelBus(ISubscriber subscriber, ReceivedQueue received) : IChannelBus
{
    /// <summary>At the master, since only it counts its subscribers for others.</summary>
    private const CommandFlags Flags = CommandFlags.DemandMaster;

    /// <summary>Commands under way at the same time: thousands of clients may come back at once, each to a room of its own.</summary>
    private const int MostAtOnce = 256;

    private readonly SemaphoreSlim _slots = new(MostAtOnce);

    /// <summary>Why a subscription was not confirmed, the last time; null if Redis did not say anything.</summary>
    public Exception? Failure { get; private set; }

    public async Task<IChannelSubscription> SubscribeAsync(string channel)
    {
        var name = RedisChannel.Sharded(channel);
        await _slots.WaitAsync();
        try
        {
            var messages = await TrySubscribeAsync(name) ?? await subscriber.SubscribeAsync(name, Flags | CommandFlags.FireAndForget);
            received.AddAllOf(messages, MessageSource.All);
            return new Subscription(this, subscriber, messages);
        }
        finally
        {
            _slots.Release();
        }
    }

    private static bool IsOutage(Exception exception) => exception is RedisException or TimeoutException or ObjectDisposedException;

    /// <summary>Null if it is not confirmed.</summary>
    private async Task<ChannelMessageQueue?> TrySubscribeAsync(RedisChannel name)
    {
        if (!subscriber.IsConnected(name)) return null;
        try
        {
            return await subscriber.SubscribeAsync(name, Flags);
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            Failure = exception;
            // It is registered all the same, and nobody would read its messages.
            await subscriber.UnsubscribeAsync(name, handler: null, CommandFlags.FireAndForget);
            return null;
        }
    }

    private async Task EndAsync(ChannelMessageQueue messages)
    {
        await _slots.WaitAsync();
        try
        {
            await messages.UnsubscribeAsync();
        }
        catch (Exception exception) when (IsOutage(exception))
        {
            // What a lost connection was subscribed to is over anyway.
        }
        finally
        {
            _slots.Release();
        }
    }

    private sealed class Subscription(RedisChannelBus bus, ISubscriber subscriber, ChannelMessageQueue messages) : IChannelSubscription
    {
        public bool IsConfirmed => subscriber.SubscribedEndpoint(messages.Channel) is not null;

        public bool IsConnected => subscriber.IsConnected(messages.Channel);

        public Task EndAsync() => bus.EndAsync(messages);
    }
}
