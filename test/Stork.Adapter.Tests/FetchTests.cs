using System.Text.Json;
using Stork.Tests.Timing;

namespace Stork.Adapter.Tests;

public sealed class FetchTests
{
    private sealed record Person(string Name, int Age);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_sockets_of_all_servers_are_found_with_rooms_data_and_handshake(int from)
    {
        await using var cluster = await Cluster.StartAsync(3);
        var clients = await cluster.ConnectToAllAsync("/", "red");
        foreach (var client in clients)
        {
            var socket = cluster.SocketOf(client);
            socket.Data["person"] = new Person("Ann", 7);
            socket.Data["bytes"] = new byte[] { 1, 2, 3 };
            socket.Data["text"] = "half \ud83d";
            socket.Data["nothing"] = null;
        }

        var found = await cluster[from].FetchSocketsAsync().Within("the sockets");
        found.IsComplete.ShouldBeTrue();
        found.MissingServers.ShouldBeEmpty();
        found.Select(socket => socket.Id).ShouldBe(clients.Select(client => client.Id), ignoreOrder: true);
        foreach (var socket in found)
        {
            socket.Rooms.ShouldBe([socket.Id, "red"], ignoreOrder: true);
            socket.GetData<Person>("person").ShouldBe(new Person("Ann", 7));
            socket.GetData<byte[]>("bytes").ShouldBe([1, 2, 3]);
            socket.GetData<string>("nothing").ShouldBeNull();
            socket.GetData<int>("missing").ShouldBe(0);
            var own = clients.Single(client => client.Id == socket.Id);
            var handshake = cluster.SocketOf(own).Handshake;
            socket.Handshake.Url.ShouldBe(handshake.Url);
            socket.Handshake.Query["from"].ToString().ShouldBe("test");
            socket.Handshake.Headers.Host.ShouldBe(handshake.Headers.Host);
            socket.Handshake.Address.ShouldBe(handshake.Address);
            socket.Handshake.Time.ShouldBe(handshake.Time);
            socket.Handshake.Issued.ShouldBe(handshake.Issued);
            socket.Handshake.Secure.ShouldBeFalse();
            socket.Handshake.Auth.GetRawText().ShouldBe("{}");
            socket.Handshake.User.Identity!.IsAuthenticated.ShouldBeFalse();
            socket.Handshake.ConnectionClosed.IsCancellationRequested.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task What_clients_gave_as_auth_is_found_on_other_servers()
    {
        await using var cluster = await Cluster.StartAsync(2);
        await using var client = await Client.ConnectAsync(cluster.Servers[1].Url, auth: "{\"token\":\"t\"}");
        var found = await cluster[0].FetchSocketsAsync();
        found.Single().Handshake.Auth.GetProperty("token").GetString().ShouldBe("t");
    }

    [Fact]
    public async Task Data_that_cannot_be_serialized_are_left_out_and_the_socket_is_found()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var client = await cluster.ConnectAsync(1);
        cluster.SocketOf(client).Data["good"] = 1;
        cluster.SocketOf(client).Data["bad"] = new Action(static () => { });
        cluster.SocketOf(client).Data["bytes"] = new byte[] { 9 };
        var found = (await cluster[0].FetchSocketsAsync()).Single();
        found.Data.Keys.ShouldBe(["good", "bytes"], ignoreOrder: true);
        found.Data["good"].ShouldBeOfType<JsonElement>().GetInt32().ShouldBe(1);
        found.Data["bytes"].ShouldBe(new byte[] { 9 });
    }

    [Fact]
    public async Task Rooms_exceptions_and_local_choose()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var red = await cluster.ConnectAsync(1, "/", "red");
        var both = await cluster.ConnectAsync(1, "/", "red", "blue");
        var here = await cluster.ConnectAsync(0, "/", "red");
        var redAlone = await cluster[0].To("red").Except("blue").FetchSocketsAsync();
        redAlone.Select(socket => socket.Id).ShouldBe([red.Id, here.Id], ignoreOrder: true);
        (await cluster[0].To("blue").FetchSocketsAsync()).Single().Id.ShouldBe(both.Id);
        (await cluster[0].Local.FetchSocketsAsync()).Single().Id.ShouldBe(here.Id);
        (await cluster[0].To("nobody").FetchSocketsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_found_socket_is_reached_on_its_server()
    {
        await using var cluster = await Cluster.StartAsync(3);
        var client = await cluster.ConnectAsync(2);
        var other = await cluster.ConnectAsync(1);
        var found = (await cluster[0].To(client.Id).FetchSocketsAsync()).Single();
        await found.EmitAsync("hello", new byte[] { 1 });
        await client.ShouldReceiveText("451-[\"hello\",{\"_placeholder\":true,\"num\":0}]");
        (await client.ReceiveAsync()).ShouldBe("bAQ==");
        await found.JoinAsync("red", "blue");
        await found.LeaveAsync("blue");
        var rooms = new[] { client.Id, "red" }.Order().ToArray();
        await Waiting.Until(() => cluster.SocketOf(client).Rooms.Order().SequenceEqual(rooms), "the rooms had changed");
        var answer = found.Timeout(Patience.Limit).EmitWithAckAsync<string>("ask", 1);
        await client.AcknowledgeAsync("[\"ask\",1]", "[\"yes\",2]");
        (await answer.Within("the answer")).ShouldBe("yes");
        await found.DisconnectAsync();
        await client.ShouldReceiveText("41");
        var late = found.Timeout(Patience.Limit).EmitWithAckAsync<string>("ask");
        await Should.ThrowAsync<SocketDisconnectedException>(late.Within("its end"));
        await cluster[0].EmitAsync("end");
        await other.ShouldReceive("[\"end\"]");
    }

    [Fact]
    public async Task The_answer_of_a_found_socket_is_not_held_up_by_servers_that_do_not_have_it()
    {
        await using var cluster = await Cluster.StartAsync(3);
        var client = await cluster.ConnectAsync(1);
        var found = (await cluster[0].FetchSocketsAsync()).Single();
        cluster.Bus.CutOff(cluster.Servers[2].Id);
        var answer = found.Timeout(TimeSpan.FromDays(1)).EmitWithAckAsync<int>("ask");
        await client.AcknowledgeAsync("[\"ask\"]", "[3]");
        (await answer.Within("the answer")).ShouldBe(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Those_of_a_silent_server_are_missing_and_it_is_named(bool heartbeats)
    {
        var options = Server.Impatient();
        options.Heartbeats = heartbeats;
        await using var cluster = new Cluster();
        for (var i = 0; i < 3; i++) await cluster.AddUnknownAsync(options);
        if (heartbeats) await cluster.UntilAllKnow();
        var clients = await cluster.ConnectToAllAsync();
        var silent = cluster.Servers[2].Id;
        cluster.Bus.CutOff(silent);
        var found = await cluster[0].FetchSocketsAsync().Within("the time limit");
        found.MissingServerCount.ShouldBe(1);
        found.IsComplete.ShouldBeFalse();
        found.MissingServers.ShouldBe(heartbeats ? [silent] : []);
    }

    [Fact]
    public async Task The_limit_may_be_given_for_one_fetch()
    {
        var options = Server.Patient();
        options.RequestTimeout = TimeSpan.FromDays(1);
        await using var cluster = await Cluster.StartAsync(2, options);
        cluster.Bus.CutOff(cluster.Servers[1].Id);
        var found = await cluster[0].Timeout(TimeSpan.FromMilliseconds(50)).FetchSocketsAsync().Within("the time limit");
        found.MissingServers.ShouldBe([cluster.Servers[1].Id]);
    }

    [Fact]
    public async Task A_fetch_ends_when_the_server_it_waits_for_is_missed()
    {
        var time = new ManualTime();
        var options = new ClusterAdapterOptions { RequestTimeout = TimeSpan.FromHours(1) };
        await using var cluster = await Cluster.StartAsync(3, options, time: time);
        var clients = await cluster.ConnectToAllAsync();
        var gone = cluster.Servers[2].Id;
        cluster.Bus.CutOff(gone);
        var fetch = cluster[0].FetchSocketsAsync().AsTask();
        await AcknowledgementTests.MissAsync(cluster, time, gone);
        var found = await fetch.Within("the end of the wait");
        found.Select(socket => socket.Id).ShouldBe([clients[0].Id, clients[1].Id], ignoreOrder: true);
        found.MissingServers.ShouldBe([gone]);
        (await cluster[0].FetchSocketsAsync()).IsComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task A_fetch_ends_when_the_server_it_waits_for_stops()
    {
        var options = Server.Patient();
        options.RequestTimeout = TimeSpan.FromDays(1);
        await using var cluster = await Cluster.StartAsync(2, options);
        cluster.Bus.Passes = static (_, _, message) => BusFormat.Read(message) is not ClusterFetchSockets;
        var fetch = cluster[0].FetchSocketsAsync().AsTask();
        var gone = cluster.Servers[1];
        await cluster.StopAsync(gone);
        (await fetch.Within("the end of the wait")).MissingServers.ShouldBe([gone.Id]);
        (await cluster[0].FetchSocketsAsync()).IsComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task A_fetch_ends_when_its_own_server_stops()
    {
        var options = Server.Patient();
        options.RequestTimeout = TimeSpan.FromDays(1);
        await using var cluster = await Cluster.StartAsync(2, options);
        cluster.Bus.CutOff(cluster.Servers[1].Id);
        var asking = cluster.Servers[0];
        var fetch = asking.IO.FetchSocketsAsync().AsTask();
        await cluster.StopAsync(asking);
        (await fetch.Within("the end of the wait")).MissingServerCount.ShouldBe(1);
        (await asking.IO.FetchSocketsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fetch_may_be_given_up()
    {
        await using var cluster = await Cluster.StartAsync(2);
        cluster.Bus.CutOff(cluster.Servers[1].Id);
        using var end = new CancellationTokenSource();
        var fetch = cluster[0].FetchSocketsAsync(end.Token).AsTask();
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(fetch.Within("the end of the wait"));
    }

    [Fact]
    public async Task Answers_that_come_twice_count_once()
    {
        await using var cluster = await Cluster.StartAsync(3);
        cluster.Bus.ComesTwice = static message => BusFormat.Read(message) is ClusterSocketsFetched;
        var clients = await cluster.ConnectToAllAsync();
        (await cluster[0].FetchSocketsAsync()).Select(socket => socket.Id).ShouldBe(clients.Select(client => client.Id), ignoreOrder: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sockets_of_all_servers_join_leave_and_disconnect(int from)
    {
        await using var cluster = await Cluster.StartAsync(3);
        var red = await cluster.ConnectToAllAsync("/", "red");
        var others = await cluster.ConnectToAllAsync();
        await cluster[from].To("red").SocketsJoinAsync("a", "b");
        await cluster[from].To("a").SocketsLeaveAsync("b");
        await Waiting.Until(
            () => red.All(client => cluster.SocketOf(client).Rooms.Order().SequenceEqual(new[] { client.Id, "red", "a" }.Order())),
            "those in the room had joined and left");
        foreach (var client in others) cluster.SocketOf(client).Rooms.ShouldBe([client.Id]);
        await cluster[from].To("a").DisconnectSocketsAsync();
        foreach (var client in red) await client.ShouldReceiveText("41");
        await cluster[from].DisconnectSocketsAsync(close: true);
        foreach (var client in others) (await client.ReceiveAsync()).ShouldBeOneOf("41", "closed");
        await Waiting.Until(() => cluster.Servers.All(server => server.IO.Sockets.Count == 0), "all sockets had gone");
    }

    [Fact]
    public async Task Local_joins_leaves_and_disconnects_stay_on_their_server()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var clients = await cluster.ConnectToAllAsync();
        await cluster[0].Local.SocketsJoinAsync("a");
        await cluster[0].To("a").EmitAsync("to a");
        await cluster[0].Local.SocketsLeaveAsync("a");
        await cluster[0].Local.DisconnectSocketsAsync();
        await cluster[0].EmitAsync("end");
        await clients[0].ShouldReceive("[\"to a\"]");
        await clients[0].ShouldReceiveText("41");
        await clients[1].ShouldReceive("[\"end\"]");
    }
}
