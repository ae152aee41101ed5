namespace Stork.Redis;

/// <summary>Which rooms have channels of their own in mode <see cref="RedisAdapterMode.Sharded"/>; the names are those of the official
/// option <c>subscriptionMode</c>. All servers of a cluster need the same one: whoever publishes where others do not listen is not
/// heard.</summary>
public enum RedisSubscriptionMode
{
    /// <summary>Each room with a socket of the server, except for those named by the id of a socket: servers get few messages that do not
    /// concern them, and have many subscriptions.</summary>
    Dynamic,

    /// <summary>None: one channel for all. Servers get all messages, in the order of each sender, and have two subscriptions a
    /// namespace.</summary>
    Static,
}
