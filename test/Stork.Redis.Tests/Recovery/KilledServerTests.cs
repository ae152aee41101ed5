using StackExchange.Redis;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Recovery;

/// <summary>Clients whose server is killed, in a process of its own.</summary>
public sealed class KilledServerTests
{
    private const string Key = "killed";

    [Fact]
    public async Task A_client_gets_its_rooms_data_and_missed_events_in_order_and_once_though_its_server_was_killed()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var killed = await RecoveringProcess.StartAsync(redis, Key);
        await using var other = await StorkMember.StartAsync(redis.Configuration, Key, RecoveringServers.Configure, RecoveringServers.Add);
        await Waiting.UntilAsync(async () => await other.CountAsync() == 2, "both servers knew of each other");
        await using var client = await RecoveringClient.ConnectAsync(killed.Url, "ann", ["a"]);
        await UntilInRoomAsync(other, "a");
        await other.EmitAsync(Target.In("a"), """["seen",0]""");
        await client.ShouldReceive("""["seen",0]""");
        await UntilSavedAsync(redis, "ann");
        await killed.KillAsync();
        for (var i = 1; i <= 50; i++)
        {
            await other.EmitAsync(Target.In("a"), $"[\"missed\",{i}]");
            await other.EmitAsync(Target.In("b"), """["not for it"]""");
        }

        var id = client.Id;
        var (missed, isRecovered) = await client.ReturnAsync(other.Url);
        isRecovered.ShouldBeTrue();
        client.Id.ShouldBe(id);
        await other.EmitAsync(Target.In("a"), """["end"]""");
        var rest = new List<string>(missed);
        // What had not come by the stream yet when the client was back, it got behind its CONNECT.
        while (rest.Count < 50) rest.Add(await client.ReceiveEventAsync());
        rest.ShouldBe(Enumerable.Range(1, 50).Select(static i => $"[\"missed\",{i}]"));
        await client.ShouldReceive("""["end"]""");
        var socket = other.IO.Sockets.Single();
        socket.Data["name"].ShouldBe("ann");
        socket.Rooms.Order().ShouldBe(new[] { id, "a" }.Order());
    }

    private static Task UntilInRoomAsync(StorkMember member, string room) => Waiting.UntilAsync(
        async () => (await member.FetchAsync(Target.In(room))).Length == 1, $"the client was in {room}");

    /// <summary>The session is in Redis, with its data and its room.</summary>
    private static async Task UntilSavedAsync(RedisServer redis, string name)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        var database = connection.GetDatabase();
        await Waiting.UntilAsync(IsSavedAsync, "the session was saved");

        async Task<bool> IsSavedAsync()
        {
            await foreach (var key in connection.GetServers().Single().KeysAsync(pattern: "stork:*"))
            {
                var session = ((string?)await database.HashGetAsync(key, "session") ?? "").Replace("\0", "", StringComparison.Ordinal);
                if (session.Contains(name, StringComparison.Ordinal) && session.Contains("joined", StringComparison.Ordinal)) return true;
            }

            return false;
        }
    }
}
