namespace Stork.Redis.Sharded;

/// <summary>Where channels are subscribed to.</summary>
internal interface IChannelBus
{
    /// <summary>Subscribes, and waits until that is confirmed, unless the bus is away or does not answer: then it is made up for.</summary>
    Task<IChannelSubscription> SubscribeAsync(string channel);
}
