using Microsoft.Extensions.Logging.Abstractions;
using Stork.Redis.Connections;
using Stork.Redis.Diagnostics;
using Stork.Redis.Streams;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Recovery;

/// <summary>Who has a session, when several servers want it at once.</summary>
public sealed class SessionStoreTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Of_two_that_have_found_one_the_first_takes_it_and_the_former_owner_learns_of_it()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await ConnectAsync(redis);
        var store = Create(connection);
        var session = Session(owner: "former");
        (await store.SaveAsync(session, Lifetime)).ShouldBeTrue();
        var found = await store.FindAsync(session.Pid, default);
        found!.Owner.ShouldBe("former");

        var taken = await store.TakeAsync(found, "first", Lifetime);
        taken!.Owner.ShouldBe("first");
        taken.SocketId.ShouldBe(session.SocketId);
        (await store.TakeAsync(found, "second", Lifetime)).ShouldBeNull();

        (await store.SaveAsync(session, Lifetime)).ShouldBeFalse();
        (await store.RefreshAsync(session, Lifetime)).ShouldBeFalse();
        await store.ReleaseAsync(session, Lifetime);
        await store.EndAsync(session);
        (await store.FindAsync(session.Pid, default))!.Owner.ShouldBe("first");
        (await store.RefreshAsync(taken, Lifetime)).ShouldBeTrue();
    }

    [Fact]
    public async Task One_that_its_owner_lets_go_of_since_it_was_found_is_taken_by_one_alone()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var connection = await ConnectAsync(redis);
        var store = Create(connection);
        var session = Session(owner: "former");
        await store.SaveAsync(session, Lifetime);
        var found = await store.FindAsync(session.Pid, default);
        await store.ReleaseAsync(session, Lifetime);
        (await store.FindAsync(session.Pid, default))!.Owner.ShouldBeNull();

        var taken = await Task.WhenAll(
            store.TakeAsync(found!, "first", Lifetime).AsTask(), store.TakeAsync(found!, "second", Lifetime).AsTask());
        taken.Count(static one => one is not null).ShouldBe(1);
        (await store.TakeAsync(found!, "third", Lifetime)).ShouldBeNull();
    }

    private static ClusterSession Session(string owner) => new()
    {
        Pid = "pid",
        SocketId = "socket",
        Data = new JsonPayload("{}"u8.ToArray()),
        Owner = owner,
    };

    private static async Task<RedisConnection> ConnectAsync(RedisServer redis)
    {
        var connection = new RedisConnection(
            RedisSource.To(redis.Configuration).ConnectAsync,
            isOwned: true,
            NullLogger.Instance,
            new RedisMetrics(factory: null),
            TimeProvider.System);
        await connection.GetAsync();
        await Waiting.Until(() => connection.IsConnected, "Redis was connected");
        return connection;
    }

    private static StreamSessionStore Create(RedisConnection connection) => new(
        "/",
        connection,
        static () => throw new InvalidOperationException("No event is read here."),
        "stream",
        new StreamEntryFormat("/", maxDepth: 64, maxSize: 1 << 20),
        new RedisAdapterOptions(),
        new SessionFormat("/", maxDepth: 64, maxSize: 1 << 20));
}
