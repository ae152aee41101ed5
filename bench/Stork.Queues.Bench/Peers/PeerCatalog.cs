using Stork.Queues.Bench.Peers.Nats;
using Stork.Queues.Bench.Peers.Redis;

namespace Stork.Queues.Bench.Peers;

/// <summary>All that can be measured, by the name that chooses it.</summary>
internal static class PeerCatalog
{
    /// <summary>The first is what the others are compared with.</summary>
    public static IReadOnlyDictionary<string, Func<IQueuePeer>> All { get; } = new Dictionary<string, Func<IQueuePeer>>
    {
        ["stork"] = static () => new StorkPeer(),
        ["sqlite"] = static () => new SqlitePeer(),
        ["rabbitmq"] = static () => new RabbitPeer(),
        ["redis"] = static () => new RedisPeer(),
        ["nats"] = static () => new NatsPeer(syncAlways: false),
        ["nats-synced"] = static () => new NatsPeer(syncAlways: true),
        ["postgresql"] = static () => new PostgresPeer(),
    };
}
