using Stork.Redis.Tests.Servers;

namespace Stork.Redis.Tests.Mixed;

/// <summary>Every operation from every server of a cluster, towards the clients of all.</summary>
/// <typeparam name="TCluster">Which servers they are.</typeparam>
public abstract class MixedClusterTests<TCluster>(TCluster cluster) : IClassFixture<TCluster>
    where TCluster : MixedCluster
{
    private static int _rooms;

    private readonly string _room = $"room {Interlocked.Increment(ref _rooms)}";

    private protected TCluster Cluster => cluster;

    /// <summary>A room that no other test uses, with one client on each server in it.</summary>
    private protected Target Room => Target.In(_room);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_event_reaches_the_clients_of_all_servers(int from)
    {
        await using var clients = await ConnectAsync();
        await cluster.Members[from].EmitAsync(Target.All, """["all","ä€\"\\\n",-1.5,[null,true],{"a":{"b":[]}},12345678901]""");
        await clients.ShouldReceive("""["all","ä€\"\\\n",-1.5,[null,true],{"a":{"b":[]}},12345678901]""");
        await cluster.Members[from].EmitAsync(Room, """["one room",0,127,128,255,256,65535,65536,4294967295,4294967296]""");
        await clients.ShouldReceive("""["one room",0,127,128,255,256,65535,65536,4294967295,4294967296]""");
        var two = Target.In(_room, "nobody");
        await cluster.Members[from].EmitAsync(two, """["two rooms",-1,-32,-33,-128,-129,-32768,-32769,-2147483649]""");
        await clients.ShouldReceive("""["two rooms",-1,-32,-33,-128,-129,-32768,-32769,-2147483649]""");
        await cluster.Members[from].EmitVolatileAsync(Room, """["flags"]""");
        await clients.ShouldReceive("""["flags"]""");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Rooms_exceptions_and_ids_hold_everywhere(int from)
    {
        await using var clients = await ConnectAsync();
        var spared = new Target([_room], [clients[1].Id]);
        await cluster.Members[from].EmitAsync(spared, """["not to 1"]""");
        await clients[0].ShouldReceive("""["not to 1"]""");
        await clients[2].ShouldReceive("""["not to 1"]""");
        await cluster.Members[from].EmitAsync(Target.In(clients[2].Id), """["to 2"]""");
        await clients[2].ShouldReceive("""["to 2"]""");
        await cluster.Members[from].EmitAsync(Target.In("nobody"), """["to nobody"]""");
        await cluster.Members[from].EmitAsync(Room, """["end"]""");
        await clients.ShouldReceive("""["end"]""");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Binary_data_travel_at_any_depth(int from)
    {
        await using var clients = await ConnectAsync();
        var big = Convert.ToBase64String([.. Enumerable.Range(0, 70_000).Select(static i => (byte)i)]);
        await cluster.Members[from].EmitAsync(
            Room, $$"""["file",{"name":"a","parts":[{"$binary":"AQID"},{"$binary":""}]},{"$binary":"{{big}}"}]""");
        foreach (var client in clients)
        {
            await client.ShouldReceiveText(
                """453-["file",{"name":"a","parts":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]},"""
                + """{"_placeholder":true,"num":2}]""");
            await client.ShouldReceiveText("bAQID");
            await client.ShouldReceiveText("b");
            await client.ShouldReceiveText("b" + big);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Each_sender_keeps_its_order_over_all_it_does(int from)
    {
        Assert.SkipUnless(cluster.KeepsOrder(cluster.Members[from]), "Official servers do not wait for the channels of rooms.");
        await using var all = await ConnectAsync();
        // An official server lets its own sockets join when Redis has told it what it said itself, and sends them events at once.
        var clients = cluster.Members[from] is StorkMember ? [.. all] : all.Where(client => client != all[from]).ToList();
        for (var i = 0; i < 20; i++)
        {
            await cluster.Members[from].JoinAsync(Room, $"{_room} {i}");
            await cluster.Members[from].EmitAsync(Target.In($"{_room} {i}"), $"[\"joined\",{i}]");
            await cluster.Members[from].LeaveAsync(Room, $"{_room} {i}");
            await cluster.Members[from].EmitAsync(Target.In($"{_room} {i}", "nobody"), """["left"]""");
        }

        foreach (var client in clients)
        {
            for (var i = 0; i < 20; i++) await client.ShouldReceive($"[\"joined\",{i}]");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_clients_of_all_servers_acknowledge(int from)
    {
        await using var clients = await ConnectAsync();
        var asking = cluster.Members[from].AskAsync(Room, """["ask",{"$binary":"AQ=="}]""");
        for (var i = 0; i < clients.Count; i++)
        {
            var text = await clients[i].ReceiveAsync();
            text.ShouldStartWith("451-");
            text.ShouldEndWith("""["ask",{"_placeholder":true,"num":0}]""");
            await clients[i].ShouldReceiveText("bAQ==");
            var id = text["451-".Length..text.IndexOf('[', StringComparison.Ordinal)];
            await clients[i].SendAsync($"43{id}[{{\"answer\":{i}}},\"more\"]");
        }

        (await asking.Within("the answers")).Order().ShouldBe(["""{"answer":0}""", """{"answer":1}""", """{"answer":2}"""]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Acknowledgements_may_be_binary_and_nobody_may_be_asked(int from)
    {
        await using var clients = await ConnectAsync();
        (await cluster.Members[from].AskAsync(Target.In("nobody"), """["ask"]""").Within("no answers")).ShouldBeEmpty();
        var to = clients[(from + 1) % 3];
        var asking = cluster.Members[from].AskAsync(Target.In(to.Id), """["ask"]""");
        var id = await to.ReceiveAskedAsync("""["ask"]""");
        await to.SendAsync($"461-{id}[{{\"_placeholder\":true,\"num\":0}}]");
        await to.SendAsync([1, 2, 3]);
        (await asking.Within("the answer")).ShouldBe(["""{"$binary":"AQID"}"""]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sockets_of_all_servers_join_leave_and_are_disconnected(int from)
    {
        await using var clients = await ConnectAsync();
        var member = cluster.Members[from];
        await member.JoinAsync(Room, $"{_room} a", $"{_room} b");
        await UntilFoundAsync(member, $"{_room} a", 3);
        await cluster.UntilHeardAsync($"{_room} a", 3);
        await member.EmitAsync(Target.In($"{_room} a"), """["joined"]""");
        await clients.ShouldReceive("""["joined"]""");
        await member.LeaveAsync(new Target([_room], [clients[0].Id]), $"{_room} a");
        await UntilFoundAsync(member, $"{_room} a", 1);
        await member.EmitAsync(Target.In($"{_room} a"), """["stayed"]""");
        await clients[0].ShouldReceive("""["stayed"]""");
        await member.DisconnectAsync(Target.In(clients[1].Id), close: false);
        await clients[1].ShouldReceiveText("41");
        await member.DisconnectAsync(Room, close: true);
        foreach (var i in (int[])[0, 2]) (await clients[i].ReceiveAsync()).ShouldBeOneOf("41", "1", "closed");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_sockets_of_all_servers_are_found(int from)
    {
        await using var clients = await ConnectAsync();
        var target = new Target([_room], ["nobody"]);
        var found = (await cluster.Members[from].FetchAsync(target)).OrderBy(static socket => socket.Name).ToList();
        found.Select(static socket => socket.Id).ShouldBe(clients.Select(static client => client.Id));
        for (var i = 0; i < found.Count; i++)
        {
            found[i].Name.ShouldBe($"client {i}");
            found[i].Rooms.ShouldBe(new[] { clients[i].Id, _room }.Order());
            found[i].Auth.ShouldBe($$"""{"name":"client {{i}}","rooms":["{{_room}}"]}""");
            found[i].Query.ShouldBe("test");
            // Official servers write them as JSON, in which binary data are an object with numbers.
            if (cluster.Members[i] is StorkMember) found[i].File.ShouldBe([1, 2]);
        }

        (await cluster.Members[from].FetchAsync(Target.In(clients[1].Id))).Single().Name.ShouldBe("client 1");
        (await cluster.Members[from].FetchAsync(Target.In("nobody"))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Events_between_servers_reach_the_others_and_are_answered(int from)
    {
        await cluster.Members[from].ServerEmitAsync($$"""["news","{{_room}}",{"a":1}]""");
        for (var i = 0; i < cluster.Members.Count; i++)
        {
            if (i == from) continue;
            await UntilSeenAsync(cluster.Members[i], $$"""["{{_room}}",{"a":1}]""");
        }

        (await cluster.Members[from].SeenAsync()).ShouldNotContain($$"""["{{_room}}",{"a":1}]""");
        (await cluster.Members[from].ServerAskAsync("""["sum",2,3]""").Within("the answers"))
            .ShouldBe(["""{"sum":5}""", """{"sum":5}"""]);
    }

    [Fact]
    public async Task Emitters_reach_all()
    {
        foreach (var emitter in cluster.Emitters) await CheckEmitterAsync(emitter);
    }

    [Fact]
    public async Task Another_namespace_is_another_matter()
    {
        await using var clients = await ConnectAsync();
        await using var there = await Client.ConnectAsync(cluster.Members[2].Url, "/chat");
        await cluster.Members[0].EmitAsync(Target.All with { Namespace = "/chat" }, """["to chat"]""");
        await there.ShouldReceive("""["to chat"]""");
        foreach (var emitter in cluster.Emitters)
        {
            await emitter.EmitAsync(Target.All with { Namespace = "/chat" }, """["also"]""");
            await there.ShouldReceive("""["also"]""");
        }

        await cluster.Members[0].EmitAsync(Room, """["end"]""");
        await clients.ShouldReceive("""["end"]""");
    }

    [Fact]
    public void Nothing_went_wrong()
    {
        foreach (var stork in cluster.Storks)
        {
            stork.Log.Problems.ShouldBeEmpty();
            stork.Log.Of(17).ShouldBeEmpty("no message was dropped");
        }
    }

    private protected static Task UntilSeenAsync(IMember member, string expected) =>
        Waiting.UntilAsync(async () => (await member.SeenAsync()).Contains(expected), $"{expected} had come");

    private protected async Task<Clients> ConnectAsync() => new(await cluster.ConnectToAllAsync(_room));

    /// <summary>What an official server says to sockets of its own, it hears itself before they do it.</summary>
    private static Task UntilFoundAsync(IMember member, string room, int count) => Waiting.UntilAsync(
        async () => (await member.FetchAsync(Target.In(room))).Length == count, $"{count} sockets were in {room}");

    private async Task CheckEmitterAsync(IEmitter emitter)
    {
        await using var clients = await ConnectAsync();
        await emitter.EmitAsync(Room, """["emitted",{"$binary":"AQID"},{"$date":"2026-11-27T21:00:00.512Z"}]""");
        foreach (var client in clients)
        {
            await client.ShouldReceiveText("""451-["emitted",{"_placeholder":true,"num":0},"2026-11-27T21:00:00.512Z"]""");
            await client.ShouldReceiveText("bAQID");
        }

        await emitter.EmitAsync(new Target([_room, "nobody"], [clients[0].Id]), """["not to 0"]""");
        await emitter.EmitVolatileAsync(Target.In(clients[0].Id), """["to 0"]""");
        await clients[0].ShouldReceive("""["to 0"]""");
        await clients[1].ShouldReceive("""["not to 0"]""");
        await clients[2].ShouldReceive("""["not to 0"]""");
        await emitter.JoinAsync(Room, $"{_room} a");
        await emitter.EmitAsync(Target.In($"{_room} a"), """["joined"]""");
        await clients.ShouldReceive("""["joined"]""");
        await emitter.LeaveAsync(Room, $"{_room} a");
        await emitter.EmitAsync(Target.In($"{_room} a"), """["left"]""");
        await emitter.ServerEmitAsync($$"""["news","{{_room}}"]""");
        foreach (var member in cluster.Members) await UntilSeenAsync(member, $$"""["{{_room}}"]""");
        await emitter.DisconnectAsync(Room, close: false);
        foreach (var client in clients) await client.ShouldReceiveText("41");
    }
}
