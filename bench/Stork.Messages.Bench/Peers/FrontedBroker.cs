using Stork.Queues.Bench.Peers.Services;

namespace Stork.Messages.Bench.Peers;

/// <summary>A broker that the official server keeps its jobs in.</summary>
/// <param name="Name">How it is called in the report.</param>
/// <param name="Module">Its module in <c>peers/fronted</c>.</param>
/// <param name="Missing">Why it cannot be started on this machine; null: it can.</param>
/// <param name="StartAsync">Starts it with nothing in it, given a directory of its own.</param>
/// <param name="Shape">How the broker and its client library are used, for the report; asked only of one that is not missing.</param>
internal sealed record FrontedBroker(
    string Name, string Module, string? Missing, Func<string, Task<IBrokerServer>> StartAsync, Func<string> Shape)
{
    public static IReadOnlyList<FrontedBroker> All { get; } =
    [
        new(
            "RabbitMQ quorum queue",
            "rabbitmq",
            RabbitServer.Missing,
            static async directory => await RabbitServer.StartAsync(directory),
            static () =>
                $"{RabbitServer.Shape}; amqplib 2.3.1, a channel with publisher confirms for persistent messages, each confirmed before "
                + "its producer client is acknowledged; a consumer on a connection of its own, prefetch 2,000, one acknowledgement in a "
                + "turn of the event loop for all deliveries up to the first that is not done"),
        new(
            "Redis Streams",
            "redis",
            RedisServer.Missing,
            static async directory => await RedisServer.StartAsync(directory),
            static () =>
                $"{RedisServer.Shape}; ioredis 6.0.0; what came meanwhile is a pipeline of XADD, 4 at a time, answered before the producer "
                + "clients are acknowledged; XREADGROUP of up to 512 on a connection of its own, up to 2,000 in hand; one XACK and one "
                + "XDEL for all that became done meanwhile"),
        new(
            "PostgreSQL SKIP LOCKED",
            "postgresql",
            PostgresServer.Missing,
            static async directory => await PostgresServer.StartAsync(directory),
            static () =>
                $"{PostgresServer.Shape}; pg 8.23.1, prepared statements; what came meanwhile is one INSERT ... SELECT FROM unnest, on 2 "
                + "connections, committed before the producer clients are acknowledged; up to 512 jobs are marked as taken by an UPDATE "
                + "of what FOR UPDATE SKIP LOCKED finds, without waiting for the disk, up to 2,000 in hand; those that became done "
                + "meanwhile are deleted by one statement. The server tells itself when there is something to take"),
        new(
            "BullMQ",
            "bullmq",
            RedisServer.Missing,
            static async directory => await RedisServer.StartAsync(directory),
            static () =>
                $"{RedisServer.Shape}; BullMQ 6.7.0 (ioredis with enableAutoPipelining), addBulk of what came meanwhile, answered before "
                + "the producer clients are acknowledged; a Worker in the same process, concurrency 100, whose processor waits for the "
                + "worker client's acknowledgement; removeOnComplete"),
    ];
}
