using StackExchange.Redis;
using Stork.Redis.Connections;
using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Sharded;

/// <summary>A Redis Cluster, over whose masters the channels are spread.</summary>
public sealed class RedisClusterTests : IAsyncLifetime
{
    private RedisCluster? _redis;
    private StorkMember? _one;
    private StorkMember? _two;
    private NodeMember? _node;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisCluster.StartAsync();
        _one = await StartAsync();
        _two = await StartAsync();
        _node = await NodeMember.StartAsync(_redis.Masters[0], "k", "sharded", "dynamic", "cluster");
        foreach (var member in (IMember[])[_one, _two, _node])
            await Waiting.UntilAsync(async () => await member.CountAsync() == 3, "all servers knew of each other");
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
        if (_two is not null) await _two.DisposeAsync();
        if (_one is not null) await _one.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Channels_are_spread_over_the_masters_and_all_hear_each_other()
    {
        var rooms = Enumerable.Range(0, 12).Select(static i => $"room {i}").ToArray();
        var auth = $$"""{"rooms":["{{string.Join("\",\"", rooms)}}"]}""";
        await using var here = await Client.ConnectAsync(_one!.Url, auth: auth);
        await using var there = await Client.ConnectAsync(_node!.Url, auth: auth);
        foreach (var room in rooms)
        {
            // The official server does not wait for it.
            await UntilHeardAsync(room, 2);
            foreach (var from in (IMember[])[_one, _two!, _node])
            {
                await from.EmitAsync(Target.In(room), $"[\"{room}\"]");
                await here.ShouldReceive($"[\"{room}\"]");
                await there.ShouldReceive($"[\"{room}\"]");
            }
        }

        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis!.Configuration);
        foreach (var master in RedisConnection.PublishersOf(connection))
            ((string[])(await master.ExecuteAsync("PUBSUB", "SHARDCHANNELS", "k#/#room*"))!).ShouldNotBeEmpty();

        await _two!.EmitAsync(Target.All, """["all"]""");
        await _two.EmitAsync(Target.In(here.Id), """["only you"]""");
        await here.ShouldReceive("""["all"]""", """["only you"]""");
        await there.ShouldReceive("""["all"]""");
        (await _two.FetchAsync(Target.All)).Select(static socket => socket.Id).Order().ShouldBe(new[] { here.Id, there.Id }.Order());
        (await _node.FetchAsync(Target.In("room 3"))).Length.ShouldBe(2);
        (await _one.ServerAskAsync("""["sum",2,3]""")).ShouldBe(["""{"sum":5}""", """{"sum":5}"""]);
        await _two.JoinAsync(Target.All, "new");
        await _two.EmitAsync(Target.In("new"), """["joined"]""");
        await here.ShouldReceive("""["joined"]""");
        await there.ShouldReceive("""["joined"]""");
    }

    [Fact]
    public async Task A_master_that_was_away_brings_its_channels_back()
    {
        var rooms = Enumerable.Range(0, 12).Select(static i => $"room {i}").ToArray();
        await using var here = await Client.ConnectAsync(_one!.Url, auth: $$"""{"rooms":["{{string.Join("\",\"", rooms)}}"]}""");
        await _redis!.Masters[1].KillAsync();
        await Waiting.Until(() => LoggedBy(_one, 2) && LoggedBy(_two!, 2), "the loss was told");
        // Redis may refuse it, with a part of the cluster away.
        await _one.IO.Sockets.Single().JoinAsync("meanwhile").Within("a join");
        await _redis.Masters[1].StartAgainAsync();
        foreach (var room in (string[])[.. rooms, "meanwhile", here.Id]) await ShardedOutageTests.ShouldHearAsync(here, _two!, room);
        await Waiting.UntilAsync(async () => await ShardedOutageTests.TryCountAsync(_one) == 3, "all servers knew of each other again");
    }

    private static bool LoggedBy(StorkMember member, int eventId) =>
        member.Log.Entries.Any(entry => entry.Category == "Stork.Redis" && entry.EventId == eventId);

    private async Task UntilHeardAsync(string room, int servers)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis!.Configuration);
        var channel = RedisChannel.Sharded($"k#/#{room}#");
        await Waiting.UntilAsync(
            async () => await SubscriberCount.AskAsync(connection, channel, CancellationToken.None) == servers,
            $"{servers} servers had subscribed to {room}");
    }

    private Task<StorkMember> StartAsync() =>
        StorkMember.StartAsync(_redis!.Configuration, "k", static options => options.Mode = RedisAdapterMode.Sharded);
}
