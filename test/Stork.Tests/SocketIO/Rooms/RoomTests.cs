using System.Collections.Concurrent;
using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.SocketIO.Rooms;

public sealed class RoomTests
{
    [Fact]
    public async Task Rooms_are_announced_as_they_come_and_go()
    {
        await using var pair = await Pair.ConnectAsync();
        var (other, otherSocket) = await pair.AddAsync();
        var (a, b) = (pair.Socket, otherSocket);
        var happened = new ConcurrentQueue<string>();
        string Name(string id) => id == a.Id ? "a" : id == b.Id ? "b" : id;
        var adapter = pair.IO.MainNamespace.Adapter;
        adapter.RoomCreated += room => happened.Enqueue($"created {room}");
        adapter.RoomDeleted += room => happened.Enqueue($"deleted {room}");
        adapter.RoomJoined += (room, id) => happened.Enqueue($"{Name(id)} joined {room}");
        adapter.RoomLeft += (room, id) => happened.Enqueue($"{Name(id)} left {room}");

        await a.JoinAsync("x", "y");
        await a.JoinAsync("x");
        await a.JoinAsync(a.Id);
        await b.JoinAsync("x");
        a.Rooms.ShouldBe([a.Id, "x", "y"], ignoreOrder: true);
        a.Rooms.First().ShouldBe(a.Id);
        adapter.GetRooms().ShouldBe(["x", "y"], ignoreOrder: true);
        await a.LeaveAsync("y");
        await a.LeaveAsync("y");
        await a.LeaveAsync("never");
        await a.LeaveAsync(a.Id);
        await a.LeaveAsync("x");
        await other.DisposeAsync();
        await Waiting.Until(() => !b.Connected, "b was gone");
        await Waiting.Until(() => adapter.GetRooms().Count == 0, "its rooms were gone");

        happened.ShouldBe([
            "created x", "a joined x", "created y", "a joined y", "b joined x", "a left y", "deleted y", "a left x", "b left x",
            "deleted x",
        ]);
    }

    [Fact]
    public async Task A_broadcast_reaches_each_socket_meant_once_and_no_other()
    {
        await using var app = await StorkApp.StartAsync();
        var members = new Dictionary<string, (WebSocketClient Client, Socket Socket)>();
        foreach (var (name, rooms) in new[] { ("a", "r"), ("b", "r s"), ("c", "s"), ("d", "") })
        {
            var client = await WebSocketClient.OpenAsync(app);
            var id = await client.JoinAsync();
            app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
            await socket!.JoinAsync(rooms.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            members.Add(name, (client, socket));
        }

        var b = members["b"].Socket;
        await Expect(() => app.IO.EmitAsync("e"), "abcd");
        await Expect(() => app.IO.To("r").EmitAsync("e"), "ab");
        await Expect(() => app.IO.To("r", "s").EmitAsync("e"), "abc");
        await Expect(() => app.IO.To("r").To("s").EmitAsync("e"), "abc");
        await Expect(() => app.IO.In("r").Except("s").EmitAsync("e"), "a");
        await Expect(() => app.IO.Except("r").EmitAsync("e"), "cd");
        await Expect(() => app.IO.Except("r").Except("s").EmitAsync("e"), "d");
        await Expect(() => app.IO.To("nobody").EmitAsync("e"), "");
        await Expect(() => app.IO.Except("nobody").EmitAsync("e"), "abcd");
        await Expect(() => app.IO.To(b.Id).EmitAsync("e"), "b");
        await Expect(() => app.IO.To(b.Id, "r").EmitAsync("e"), "ab");
        await Expect(() => app.IO.Except(b.Id).EmitAsync("e"), "acd");
        await Expect(() => app.IO.Local.EmitAsync("e"), "abcd");
        await Expect(() => app.IO.Compress(false).EmitAsync("e"), "abcd");
        await Expect(() => b.Broadcast.EmitAsync("e"), "acd");
        await Expect(() => b.To("r").EmitAsync("e"), "a");
        await Expect(() => b.In("r", "s").EmitAsync("e"), "ac");
        await Expect(() => b.Except("r").EmitAsync("e"), "cd");
        await Expect(() => b.Local.EmitAsync("e"), "acd");
        await Expect(() => b.EmitAsync("e"), "b");
        await Expect(() => app.IO.MainNamespace.To("s").EmitAsync("e"), "bc");

        // A room may bear the id of a socket that is in it by nature.
        await members["d"].Socket.JoinAsync(b.Id);
        await Expect(() => app.IO.To(b.Id).EmitAsync("e"), "bd");
        await members["d"].Socket.LeaveAsync(b.Id);
        await Expect(() => app.IO.To(b.Id).EmitAsync("e"), "b");
        foreach (var (client, _) in members.Values) await client.DisposeAsync();

        async Task Expect(Func<ValueTask> emit, string expected)
        {
            await emit();
            await app.IO.EmitAsync("border");
            var got = "";
            foreach (var (name, (client, _)) in members)
            {
                while (await client.ReceiveAsync() is var packet && packet != "42[\"border\"]")
                    got += packet == "42[\"e\"]" ? name : packet;
            }

            got.ShouldBe(expected);
        }
    }

    [Fact]
    public async Task Others_can_be_made_to_join_and_leave_and_go()
    {
        await using var pair = await Pair.ConnectAsync();
        var (other, otherSocket) = await pair.AddAsync();
        await using var _ = other;
        await pair.Socket.JoinAsync("r");
        await pair.IO.To("r").SocketsJoinAsync("s", "t");
        pair.Socket.Rooms.ShouldBe([pair.Socket.Id, "r", "s", "t"], ignoreOrder: true);
        otherSocket.Rooms.Count.ShouldBe(1);
        await pair.IO.Except("r").SocketsJoinAsync("t");
        await pair.IO.SocketsLeaveAsync("t", "s");
        pair.Socket.Rooms.ShouldBe([pair.Socket.Id, "r"], ignoreOrder: true);
        otherSocket.Rooms.Count.ShouldBe(1);
        await pair.IO.To("r").DisconnectSocketsAsync();
        await pair.Client.ShouldReceive("41");
        pair.Socket.Connected.ShouldBeFalse();
        otherSocket.Connected.ShouldBeTrue();
    }

    [Fact]
    public async Task Sockets_can_be_fetched_looked_at_and_spoken_to()
    {
        await using var pair = await Pair.ConnectAsync();
        await pair.Socket.JoinAsync("r");
        pair.Socket.Data["name"] = "Ada";
        var found = (await pair.IO.In("r").FetchSocketsAsync()).ShouldHaveSingleItem();
        found.Id.ShouldBe(pair.Socket.Id);
        found.Rooms.ShouldBe([pair.Socket.Id, "r"], ignoreOrder: true);
        found.Data["name"].ShouldBe("Ada");
        found.Handshake.ShouldBeSameAs(pair.Socket.Handshake);
        (await pair.IO.In("nobody").FetchSocketsAsync()).ShouldBeEmpty();

        await found.EmitAsync("hello", 1);
        await pair.Client.ShouldReceive("42[\"hello\",1]");
        await found.JoinAsync("s");
        await found.LeaveAsync("r");
        pair.Socket.Rooms.ShouldBe([pair.Socket.Id, "s"], ignoreOrder: true);
        var answer = found.Timeout(TimeSpan.FromMinutes(1)).EmitWithAckAsync<int>("ask");
        var asked = await pair.Client.ReceiveAsync();
        await pair.Client.SendAsync($"43{asked[2..^"[\"ask\"]".Length]}[9]");
        (await answer.Within("the answer")).ShouldBe(9);
        await found.DisconnectAsync(close: true);
        (await pair.Client.ReceiveRestAsync()).ShouldBe(["41"]);
        await Should.ThrowAsync<SocketDisconnectedException>(found.Timeout(TimeSpan.FromMinutes(1)).EmitWithAckAsync<int>("ask"));
    }

    [Fact]
    public async Task A_socket_joins_no_more_rooms_than_allowed()
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.MaxRoomsPerSocket = 3);
        await pair.Socket.JoinAsync("1", "2", "3");
        await pair.Socket.JoinAsync("2");
        await Should.ThrowAsync<InvalidOperationException>(async () => await pair.Socket.JoinAsync("4"));
        await pair.Socket.LeaveAsync("1");
        await pair.Socket.JoinAsync("4");
        pair.Socket.Rooms.Count.ShouldBe(4);
    }

    [Fact]
    public async Task The_names_of_a_sockets_rooms_are_bounded_in_bytes()
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.MaxRoomBytesPerSocket = 2_000);
        string Name(int n) => n + new string('r', 249);
        for (var n = 0; n < 4; n++) await pair.Socket.JoinAsync(Name(n));
        await pair.Socket.JoinAsync(Name(3));
        var refused = await Should.ThrowAsync<InvalidOperationException>(async () => await pair.Socket.JoinAsync("x"));
        refused.Message.ShouldBe(
            "The names of the socket's rooms would take 2002 bytes, beyond the limit set by MaxRoomBytesPerSocket (2000).");
        pair.Socket.Rooms.Count.ShouldBe(5);
        await pair.Socket.LeaveAsync(Name(0));
        await pair.Socket.JoinAsync(Name(5));
        pair.IO.MainNamespace.Adapter.GetRooms().Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_client_that_names_its_rooms_cannot_fill_the_memory()
    {
        await using var pair = await Pair.ConnectAsync(socket => socket.On("join", (string room) => socket.JoinAsync(room).AsTask()));
        var refused = 0;
        for (var n = 0; n < 30; n++)
        {
            if ((await pair.AskAsync($"[\"join\",\"{n}{new string('r', 300_000)}\"]")).Contains("error")) refused++;
        }

        refused.ShouldBe(27);
        pair.Socket.Rooms.Sum(room => room.Length * 2).ShouldBeLessThan(2 * 1024 * 1024);
    }

    [Fact]
    public async Task The_names_of_all_rooms_are_bounded_together_and_equal_ones_count_once()
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.MaxRoomBytes = 3_000);
        var (other, otherSocket) = await pair.AddAsync();
        string Name(int n) => n + new string('r', 499);
        await pair.Socket.JoinAsync(Name(1), Name(2), Name(3));
        await otherSocket.JoinAsync(Name(1), Name(2));
        var refused = await Should.ThrowAsync<InvalidOperationException>(async () => await otherSocket.JoinAsync("x"));
        refused.Message.ShouldBe("The names of all rooms would take more than the 3000 bytes set by MaxRoomBytes.");
        await pair.Socket.LeaveAsync(Name(3));
        await otherSocket.JoinAsync("x");
        await otherSocket.DisconnectAsync();
        await pair.Socket.DisconnectAsync();
        pair.IO.MainNamespace.Adapter.GetRooms().ShouldBeEmpty();
        await other.DisposeAsync();
    }

    [Fact]
    public async Task A_name_is_kept_once_however_many_are_in_the_room()
    {
        await using var pair = await Pair.ConnectAsync();
        var (other, otherSocket) = await pair.AddAsync();
        await pair.Socket.JoinAsync(new string('r', 100));
        await otherSocket.JoinAsync(new string('r', 100));
        otherSocket.Rooms.Last().ShouldBeSameAs(pair.Socket.Rooms.Last());
        await other.DisposeAsync();
    }

    [Fact]
    public async Task Rooms_can_be_joined_in_a_middleware_and_are_left_if_it_refuses()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(async socket =>
        {
            await socket.JoinAsync("lobby");
            if (socket.Handshake.Auth.TryGetProperty("bad", out _)) throw new ConnectErrorException("no");
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40{\"bad\":1}");
        await client.ShouldReceive("44{\"message\":\"no\"}");
        app.IO.MainNamespace.Adapter.GetRooms().ShouldBeEmpty();
        await client.JoinAsync();
        await app.IO.To("lobby").EmitAsync("welcome");
        await client.ShouldReceive("42[\"welcome\"]");
    }

    [Fact]
    public async Task Listeners_that_throw_are_logged_and_stop_neither_joining_nor_closing()
    {
        var time = new ManualTime();
        var left = new TaskCompletionSource();
        await using var pair = await Pair.ConnectAsync(socket => socket.OnDisconnect(_ => left.SetResult()), time: time);
        var heard = 0;
        var adapter = pair.IO.MainNamespace.Adapter;
        adapter.RoomCreated += _ => throw new InvalidOperationException("created");
        adapter.RoomJoined += (_, _) => throw new InvalidOperationException("joined");
        adapter.RoomLeft += (_, _) => throw new InvalidOperationException("left");
        adapter.RoomLeft += (_, _) => heard++;
        adapter.RoomDeleted += _ => throw new InvalidOperationException("deleted");
        await pair.Socket.JoinAsync("x", "y");
        pair.Socket.Rooms.Count.ShouldBe(3);

        // The timer's thread closes the connection: an exception that escaped would end the process.
        time.Advance(TimeSpan.FromSeconds(45));
        await left.Task.Within("the disconnect handler");
        adapter.GetRooms().ShouldBeEmpty();
        heard.ShouldBe(2);
        pair.Log.Of(24).Count().ShouldBe(8);
        await pair.App.UntilConnections(0);
    }

    [Fact]
    public async Task Rooms_and_sockets_agree_after_joining_and_leaving_from_many_threads()
    {
        await using var app = await StorkApp.StartAsync();
        var clients = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => WebSocketClient.OpenAsync(app)));
        foreach (var client in clients) await client.JoinAsync();
        var sockets = app.IO.Sockets;
        string[] rooms = ["a", "b", "c", "d"];
        var adapter = app.IO.MainNamespace.Adapter;
        var created = new ConcurrentDictionary<string, int>();
        adapter.RoomJoined += (room, _) => created.AddOrUpdate(room, 1, (_, count) => count + 1);
        adapter.RoomLeft += (room, _) => created.AddOrUpdate(room, -1, (_, count) => count - 1);

        var joining = Enumerable.Range(0, 4).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 4_000; i++)
            {
                var socket = sockets[random.Next(sockets.Count)];
                var room = rooms[random.Next(rooms.Length)];
                if (random.Next(2) == 0) await socket.JoinAsync(room);
                else await socket.LeaveAsync(room);
            }
        })).ToList();
        var looking = Task.Run(async () =>
        {
            while (!joining.TrueForAll(task => task.IsCompleted))
            {
                // Whatever the moment, nobody is found twice.
                var found = (await app.IO.To(rooms).FetchSocketsAsync()).Select(socket => socket.Id).ToList();
                found.ShouldBeUnique();
                await app.IO.Volatile.To("a").EmitAsync("x");
            }
        });
        var leaving = Task.Run(async () =>
        {
            foreach (var client in clients.Take(8))
            {
                await client.SendAsync("41");
                await Task.Yield();
            }
        });
        await Task.WhenAll([.. joining, looking, leaving]).Within("the threads");
        await Waiting.Until(() => app.IO.Sockets.Count == 16, "eight had left");

        foreach (var room in rooms)
        {
            var members = (await app.IO.To(room).FetchSocketsAsync()).Select(socket => socket.Id).Order().ToList();
            members.ShouldBe(app.IO.Sockets.Where(socket => socket.Rooms.Contains(room)).Select(socket => socket.Id).Order());
            created.GetValueOrDefault(room).ShouldBe(members.Count);
            adapter.GetRooms().Contains(room).ShouldBe(members.Count > 0);
        }

        foreach (var client in clients) await client.DisposeAsync();
        await app.UntilConnections(0);
        await Waiting.Until(() => adapter.GetRooms().Count == 0, "no room was left");
    }
}
