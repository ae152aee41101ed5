namespace Stork.Queues;

/// <summary>
/// Takes over the messages of one consumer as they come, for <see cref="MessageQueue.SubscribeAsync(SubscriptionOptions?,
/// IDeliveryReceiver, CancellationToken)"/>. All members are called by the store's own thread, one at a time: they must return at once and
/// not throw.
/// </summary>
public interface IDeliveryReceiver
{
    /// <summary>A message, in its order. What this throws counts as a failure of the message.</summary>
    /// <param name="delivery">The message, to be settled sooner or later.</param>
    void Deliver(Delivery delivery);

    /// <summary>
    /// All that the store hands out at once has come, for instance what one sync has made durable: whoever passes messages on does so best
    /// from here, all of them together. Called behind every <see cref="Deliver"/> and <see cref="CaughtUp"/>, once for several of them.
    /// </summary>
    void EndTurn();

    /// <summary>Called once, in its place among the messages, when all that waited has been handed out. Does nothing by default.</summary>
    void CaughtUp()
    {
    }

    /// <summary>Nothing more will come. Does nothing by default.</summary>
    /// <param name="failure">Why the store failed; null: it was closed.</param>
    void Close(Exception? failure)
    {
    }
}
