namespace Stork.Queues;

/// <summary>Which promises about order a queue keeps.</summary>
public enum DeliveryOrder
{
    /// <summary>Messages with a <see cref="Message.Key"/> are processed one at a time per key, over all consumers, keys in turn;
    /// the others start in the order of their sequence. The default of work queues.</summary>
    PerKey = 0,

    /// <summary>No message is delivered for the first time before an earlier one was. Several may be out at once, so that a failure can
    /// show as 1, 2, 3, 2, 3. The default of inboxes.</summary>
    FirstDelivery = 1,

    /// <summary>One message at a time: one that fails blocks the queue until it is acknowledged, expires or is dead-lettered.</summary>
    Strict = 2,
}
