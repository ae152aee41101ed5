using System.Text.Json;
using StackExchange.Redis;
using Stork.Interop.Tests.Clients;
using Stork.Redis.Tests.Servers;
using ChildProcess = Stork.Interop.Tests.Processes.ChildProcess;

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

    [Fact]
    public async Task The_official_client_goes_on_at_another_server_as_if_nothing_had_happened()
    {
        await NodePackages.RequireAsync();
        await using var redis = await RedisServer.StartAsync();
        await using var killed = await RecoveringProcess.StartAsync(redis, Key);
        await using var other = await RecoveringProcess.StartAsync(redis, Key);
        await using var speaker = await StorkMember.StartAsync(
            redis.Configuration, Key, RecoveringServers.Configure, RecoveringServers.Add);
        await Waiting.UntilAsync(async () => await speaker.CountAsync() == 3, "all servers knew of each other");
        await using var client = ChildProcess.Start("recover.mjs", "node", ["recover.mjs", $"{killed.Url}"], NodePackages.Directory);
        var first = await client.NextAsync("connected");
        first.GetProperty("recovered").GetBoolean().ShouldBeFalse();
        await UntilInRoomAsync(speaker, "a");
        await speaker.EmitAsync(Target.In("a"), """["seen",0]""");
        (await client.NextAsync("event")).GetProperty("number").GetInt32().ShouldBe(0);
        await UntilSavedAsync(redis, "ann");

        await client.TellAsync($"{other.Url}");
        await client.NextAsync("moved");
        await killed.KillAsync();
        for (var i = 1; i <= 50; i++) await speaker.EmitAsync(Target.In("a"), $"[\"missed\",{i}]");
        await speaker.EmitAsync(Target.In("a"), """["end",51]""");

        // Events that were missed come ahead of the word that the client is connected, those of the meantime behind it.
        var (numbers, back) = (new List<int>(), default(JsonElement?));
        while (back is null || numbers.Count < 51)
        {
            var report = await client.NextOfAsync("event", "connected");
            if (report.GetProperty("report").GetString() == "connected") back = report;
            else numbers.Add(report.GetProperty("number").GetInt32());
        }

        numbers.ShouldBe(Enumerable.Range(1, 51));
        back!.Value.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        back.Value.GetProperty("id").GetString().ShouldBe(first.GetProperty("id").GetString());
        await speaker.EmitAsync(Target.In("a"), """["after",52]""");
        (await client.NextAsync("event")).GetProperty("number").GetInt32().ShouldBe(52);
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
