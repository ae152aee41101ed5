namespace Stork.Adapter.Tests;

public sealed class BroadcastTests
{
    [Theory]
    [InlineData(2, "/")]
    [InlineData(3, "/")]
    [InlineData(3, "/chat")]
    public async Task An_event_of_any_server_reaches_the_clients_of_all(int servers, string nsp)
    {
        await using var cluster = await Cluster.StartAsync(servers, setUp: io => io.Of("/chat"));
        await cluster.UntilAllKnow(nsp);
        var clients = await cluster.ConnectToAllAsync(nsp);
        for (var from = 0; from < servers; from++)
        {
            await cluster[from].Of(nsp).EmitAsync("hello", from);
            foreach (var client in clients) await client.ShouldReceive($"[\"hello\",{from}]");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Rooms_and_exceptions_hold_on_every_server(int from)
    {
        await using var cluster = await Cluster.StartAsync(3);
        var red = await cluster.ConnectToAllAsync("/", "red");
        var both = await cluster.ConnectToAllAsync("/", "red", "blue");
        var none = await cluster.ConnectToAllAsync();
        var io = cluster[from];
        await io.To("red").EmitAsync("to red");
        await io.To("red", "blue").EmitAsync("to either");
        await io.Except("blue").EmitAsync("to others");
        await io.To("red").Except("blue").EmitAsync("to red alone");
        await io.To(none[0].Id).EmitAsync("to one");
        await io.Except(none[0].Id).EmitAsync("to all but one");
        await io.To("nobody").EmitAsync("to nobody");
        await io.EmitAsync("end");
        foreach (var client in red)
        {
            await client.ShouldReceive("[\"to red\"]", "[\"to either\"]", "[\"to others\"]", "[\"to red alone\"]");
            await client.ShouldReceive("[\"to all but one\"]", "[\"end\"]");
        }

        foreach (var client in both) await client.ShouldReceive("[\"to red\"]", "[\"to either\"]", "[\"to all but one\"]", "[\"end\"]");
        await none[0].ShouldReceive("[\"to others\"]", "[\"to one\"]", "[\"end\"]");
        foreach (var client in none[1..]) await client.ShouldReceive("[\"to others\"]", "[\"to all but one\"]", "[\"end\"]");
    }

    [Fact]
    public async Task Exceptions_hold_on_other_servers_for_all_that_is_done_to_sockets()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var meant = await cluster.ConnectAsync(1);
        var spared = await cluster.ConnectAsync(1, "/", "spared", "stays");
        var others = cluster[0].Except("spared");
        var answers = others.Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        await meant.AcknowledgeAsync("[\"ask\"]", "[1]");
        (await answers.Within("the answers")).ShouldBe([1]);
        await others.SocketsJoinAsync("new", "stays");
        await others.SocketsLeaveAsync("stays");
        await Waiting.Until(() => cluster.Bus.IsQuiet, "all messages were handled");
        cluster.SocketOf(meant).Rooms.ShouldBe([meant.Id, "new"], ignoreOrder: true);
        cluster.SocketOf(spared).Rooms.ShouldBe([spared.Id, "spared", "stays"], ignoreOrder: true);
        await others.DisconnectSocketsAsync();
        await meant.ShouldReceiveText("41");
        await cluster[0].EmitAsync("end");
        await spared.ShouldReceive("[\"end\"]");
    }

    [Fact]
    public async Task A_socket_reaches_the_others_of_all_servers_but_not_itself()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var clients = await cluster.ConnectToAllAsync();
        await cluster.SocketOf(clients[0]).Broadcast.EmitAsync("from 0");
        await cluster.SocketOf(clients[1]).Broadcast.EmitAsync("from 1");
        await clients[1].ShouldReceive("[\"from 0\"]");
        await clients[0].ShouldReceive("[\"from 1\"]");
    }

    [Fact]
    public async Task A_local_event_stays_on_its_server()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var clients = await cluster.ConnectToAllAsync();
        await cluster[0].Local.EmitAsync("here");
        await cluster[0].EmitAsync("everywhere");
        await clients[0].ShouldReceive("[\"here\"]", "[\"everywhere\"]");
        await clients[1].ShouldReceive("[\"everywhere\"]");
    }

    [Fact]
    public async Task Flags_travel()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var seen = new List<BroadcastOptions>();
        cluster.Bus.Passes = (_, _, message) =>
        {
            if (BusFormat.Read(message) is ClusterBroadcast broadcast) seen.Add(broadcast.Options);
            return true;
        };
        var client = await cluster.ConnectAsync(1);
        await cluster[0].Volatile.Compress(false).EmitAsync("flags");
        await client.ShouldReceive("[\"flags\"]");
        seen.ShouldAllBe(options => options.Volatile && !options.Compress && !options.Local);
        seen.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task Binary_data_travel_at_any_depth(int from, int to)
    {
        await using var cluster = await Cluster.StartAsync(2);
        var client = await cluster.ConnectAsync(to);
        await cluster[from].EmitAsync("file", new { name = "a[b", body = new byte[] { 1, 2, 3 } }, new byte[] { 255 });
        await client.ShouldReceiveText(
            "452-[\"file\",{\"name\":\"a[b\",\"body\":{\"_placeholder\":true,\"num\":0}},{\"_placeholder\":true,\"num\":1}]");
        (await client.ReceiveAsync()).ShouldBe("bAQID");
        (await client.ReceiveAsync()).ShouldBe("b/w==");
    }

    [Theory]
    [InlineData("/a[1-2]\"")]
    [InlineData("/")]
    public async Task Arguments_travel_as_they_are_whatever_the_namespace_is_called(string nsp)
    {
        await using var cluster = await Cluster.StartAsync(2, setUp: io => io.Of(nsp));
        await cluster.UntilAllKnow(nsp);
        var client = await cluster.ConnectAsync(1, nsp);
        await cluster[0].Of(nsp).EmitAsync("all", "ä€😀\"\\\n", 1.5, null, new[] { true }, new { _placeholder = true, num = 7 });
        await client.ShouldReceive("[\"all\",\"ä€\\uD83D\\uDE00\\\"\\\\\\n\",1.5,null,[true],{\"_placeholder\":true,\"num\":7}]");
    }

    [Fact]
    public async Task Received_arguments_are_passed_on_to_other_servers_unread()
    {
        await using var cluster = await Cluster.StartAsync(2, setUp: io => io.OnConnection(
            socket => socket.On("say", Task (EventArguments arguments) => socket.Broadcast.EmitAsync("relayed", arguments).AsTask())));
        var clients = await cluster.ConnectToAllAsync();
        await clients[0].SendAsync("42[\"say\", {\"b\" : 2.50}, \"\\u00e4\"]");
        (await clients[1].ReceiveAsync()).ShouldBe("42[\"relayed\",{\"b\" : 2.50}, \"\\u00e4\"]");
    }

    [Fact]
    public async Task Namespaces_made_on_demand_are_joined_and_left_by_their_servers()
    {
        await using var cluster = await Cluster.StartAsync(
            2,
            setUp: io => io.Of(new System.Text.RegularExpressions.Regex("^/room-\\d+$")),
            settings: options => options.CleanupEmptyChildNamespaces = true);
        var first = await cluster.ConnectAsync(0, "/room-1");
        var second = await cluster.ConnectAsync(1, "/room-1");
        await cluster.UntilAllKnow("/room-1");
        await cluster[0].Of("/room-1").EmitAsync("hello");
        await first.ShouldReceive("[\"hello\"]");
        await second.ShouldReceive("[\"hello\"]");
        var third = await cluster.ConnectAsync(1, "/room-2");
        await third.DisposeAsync();
        await Waiting.Until(
            () => cluster.Bus.Subscribers.All(subscriber => subscriber.Namespace != "/room-2"),
            "nobody listened to the empty namespace any more");
    }

    [Fact]
    public async Task Each_sender_keeps_its_order_under_load()
    {
        const int Senders = 4, Count = 500;
        await using var cluster = await Cluster.StartAsync(3);
        var clients = await cluster.ConnectToAllAsync();
        var sending = Enumerable.Range(0, 3 * Senders).Select(sender => Task.Run(async () =>
        {
            for (var number = 0; number < Count; number++) await cluster[sender % 3].EmitAsync("n", sender, number);
        }));
        var receiving = clients.Select(client => Task.Run(async () =>
        {
            var next = new int[3 * Senders];
            for (var left = next.Length * Count; left > 0; left--)
            {
                var parts = (await client.ReceiveAsync())["42[\"n\",".Length..^1].Split(',');
                int.Parse(parts[1]).ShouldBe(next[int.Parse(parts[0])]++);
            }
        }));
        await Task.WhenAll([.. sending, .. receiving]);
    }
}
