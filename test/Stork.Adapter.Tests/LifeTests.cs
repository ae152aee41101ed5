using Stork.Tests.Timing;

namespace Stork.Adapter.Tests;

/// <summary>How servers come, go and come back, and what the bus does meanwhile.</summary>
[Collection(nameof(Meters))]
public sealed class LifeTests
{
    [Fact]
    public async Task What_is_sent_before_the_bus_is_open_follows_in_its_order()
    {
        var bus = new Bus();
        await using var first = await Server.StartAsync(bus);
        await using var client = await Client.ConnectAsync(first.Url);
        var open = new TaskCompletionSource();
        await using var second = await Server.StartAsync(bus, configure: made => made.Opening = _ => open.Task);
        for (var i = 0; i < 100; i++) await second.IO.EmitAsync("early", i);
        bus.Subscribers.Count.ShouldBe(1);
        open.SetResult();
        for (var i = 0; i < 100; i++) await client.ShouldReceive($"[\"early\",{i}]");
    }

    [Fact]
    public async Task Clients_wait_until_the_bus_is_open_and_miss_nothing_then()
    {
        var bus = new Bus();
        await using var first = await Server.StartAsync(bus);
        var open = new TaskCompletionSource();
        await using var second = await Server.StartAsync(bus, configure: made => made.Opening = _ => open.Task);
        await using var client = await Client.DialAsync(second.Url);
        open.SetResult();
        client.ReadConnect(await client.ReceiveAsync());
        await first.IO.EmitAsync("hello");
        await client.ShouldReceive("[\"hello\"]");
    }

    [Fact]
    public async Task A_bus_that_cannot_be_opened_is_tried_again_with_the_next_client()
    {
        var bus = new Bus();
        var fails = true;
        await using var server = await Server.StartAsync(
            bus, configure: made => made.Opening = _ => fails ? Task.FromException(new IOException("down")) : Task.CompletedTask);
        await server.Log.WaitForAsync(15);
        await using (var refused = await Client.DialAsync(server.Url)) (await refused.ReceiveAsync()).ShouldStartWith("44");
        fails = false;
        await using var client = await Client.ConnectAsync(server.Url);
        bus.Subscribers.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Starting_is_given_up_when_the_server_stops()
    {
        var bus = new Bus();
        var server = await Server.StartAsync(bus, configure: made => made.Opening = NeverOpenAsync);
        await server.StopAsync();
        await server.DisposeAsync().AsTask().Within("the server to end");
        server.Adapter.Closings.ShouldBe(0);
    }

    [Fact]
    public async Task A_server_that_stops_says_goodbye_and_closes_its_bus_once()
    {
        await using var cluster = await Cluster.StartAsync(3);
        var gone = cluster.Servers[2];
        await cluster.StopAsync(gone);
        gone.Adapter.Closings.ShouldBe(1);
        cluster.Bus.Subscribers.Count.ShouldBe(2);
        await cluster.UntilAllKnow();
        cluster.Servers[0].Log.Of(19).ShouldBeEmpty();
        (await cluster[0].FetchSocketsAsync()).IsComplete.ShouldBeTrue();
        (await cluster[0].ServerSideEmitWithAckAsync<int>("ask", [], TimeSpan.FromMilliseconds(100)).ContinueWith(
            asked => ((AcknowledgementTimeoutException)asked.Exception!.InnerException!).MissingServers, TaskScheduler.Default))
            .ShouldBe([cluster.Servers[1].Id]);
    }

    [Fact]
    public async Task Other_namespaces_are_found_while_an_adapter_is_being_made()
    {
        var entered = new TaskCompletionSource();
        using var go = new ManualResetEventSlim();
        await using var server = await Server.StartAsync(new Bus(), configure: made =>
        {
            if (made.Namespace.Name != "/slow") return;
            entered.SetResult();
            go.Wait(Patience.Limit).ShouldBeTrue();
        });
        var making = Task.Run(() => server.IO.Of("/slow"));
        await entered.Task.Within("the adapter to be made");
        try
        {
            (await Task.Run(() => server.IO.Of("/")).Within("the other namespace")).ShouldBe(server.IO.MainNamespace);
        }
        finally
        {
            go.Set();
        }

        (await making.Within("the namespace")).Name.ShouldBe("/slow");
    }

    [Fact]
    public async Task A_goodbye_that_the_bus_does_not_take_does_not_keep_the_bus_open()
    {
        var never = new TaskCompletionSource();
        var bus = new Bus();
        var server = await Server.StartAsync(
            bus, configure: made => made.Publishing = message => message is ClusterGoodbye ? never.Task : Task.CompletedTask);
        await server.StopAsync();
        await server.DisposeAsync();
        server.Adapter.Closings.ShouldBe(1);
        bus.Subscribers.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bus_that_opens_when_its_server_has_stopped_is_closed_again()
    {
        var late = new TaskCompletionSource();
        var time = new ManualTime();
        var bus = new Bus();
        await using var other = await Server.StartAsync(bus);
        var server = await Server.StartAsync(bus, configure: made => made.Opening = _ => late.Task, time: time);
        await server.StopAsync();
        var end = server.DisposeAsync().AsTask();
        await Waiting.Until(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return end.IsCompleted;
            },
            "the server ended without the bus");
        late.SetResult();
        await Waiting.Until(() => server.Adapter.Closings == 1, "the bus was closed");
        bus.Subscribers.ShouldBe([("/", other.Id)]);
        await Waiting.Until(() => bus.IsQuiet, "all messages were handled");
        other.Adapter.ServerIds.ShouldBeEmpty();
    }

    [Fact]
    public async Task Requests_make_room_when_they_are_answered_and_when_their_time_is_over()
    {
        // Room is made a little after the answer: there is more than one place, and there are more requests than places.
        var options = Server.Patient();
        options.MaxPendingRequests = 20;
        var time = new ManualTime();
        await using var cluster = await Cluster.StartAsync(2, options, time: time);
        cluster[1].OnServerSide("ask", static _ => Task.FromResult(1));
        var client = await cluster.ConnectAsync(1);
        for (var i = 0; i < 25; i++)
        {
            var late = cluster[0].Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<int>("late");
            _ = await client.ReceiveAskedAsync("[\"late\"]");
            time.Advance(TimeSpan.FromSeconds(2));
            await Should.ThrowAsync<AcknowledgementTimeoutException>(late.Within("the limit"));
            var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
            await client.AcknowledgeAsync("[\"ask\"]", "[1]");
            (await answers.Within("the client's answer")).ShouldBe([1]);
            (await cluster[0].ServerSideEmitWithAckAsync<int>("ask").Within("the server's answer")).ShouldBe([1]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_server_that_has_gone_was_asking_for_makes_room(bool isSilent)
    {
        var time = new ManualTime();
        var options = new ClusterAdapterOptions { MaxPendingRequests = 1 };
        await using var cluster = await Cluster.StartAsync(3, options, time: time);
        var client = await cluster.ConnectAsync(2);
        _ = cluster[0].Timeout(TimeSpan.FromDays(1)).EmitWithAckAsync<int>("first");
        _ = await client.ReceiveAskedAsync("[\"first\"]");
        var gone = cluster.Servers[0];
        if (isSilent)
        {
            cluster.Bus.CutOff(gone.Id);
            await AcknowledgementTests.MissAsync(cluster, time, gone.Id);
        }
        else
        {
            await cluster.StopAsync(gone);
            await Waiting.Until(() => cluster.Bus.IsQuiet, "the goodbye was handled");
        }

        var asking = cluster.Servers.Single(server => server != gone && server.IO.Sockets.Count == 0);
        var answers = asking.IO.Timeout(Patience.Limit).EmitWithAckAsync<int>("second");
        await client.AcknowledgeAsync("[\"second\"]", "[2]");
        (await answers.Within("the answer")).ShouldBe([2]);
    }

    [Fact]
    public async Task A_server_that_comes_back_is_another_one_and_takes_part_in_everything()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var former = cluster.Servers[1].Id;
        await cluster.StopAsync(cluster.Servers[1]);
        var back = await cluster.AddAsync();
        back.Id.ShouldNotBe(former);
        cluster.Servers[0].Adapter.ServerIds.ShouldBe([back.Id]);
        var clients = await cluster.ConnectToAllAsync();
        await cluster[0].EmitAsync("hello");
        await clients[1].ShouldReceive("[\"hello\"]");
        (await cluster[0].FetchSocketsAsync()).Count.ShouldBe(2);
        var answers = back.IO.Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        for (var i = 0; i < 2; i++)
        {
            if (i == 0) await clients[0].ShouldReceive("[\"hello\"]");
            await clients[i].AcknowledgeAsync("[\"ask\"]", $"[{i}]");
        }

        (await answers.Within("the answers")).Order().ShouldBe([0, 1]);
    }

    [Fact]
    public async Task A_network_that_comes_back_brings_its_server_back()
    {
        var time = new ManualTime();
        await using var cluster = await Cluster.StartAsync(2, new ClusterAdapterOptions(), time: time);
        var client = await cluster.ConnectAsync(1);
        var away = cluster.Servers[1].Id;
        cluster.Bus.CutOff(away);
        await AcknowledgementTests.MissAsync(cluster, time, away);
        (await cluster[0].FetchSocketsAsync()).ShouldBeEmpty();
        cluster.Bus.Passes = static (_, _, _) => true;
        time.Advance(TimeSpan.FromSeconds(6));
        await cluster.UntilAllKnow();
        (await cluster[0].FetchSocketsAsync()).Single().Id.ShouldBe(client.Id);
    }

    [Fact]
    public async Task Sockets_of_this_server_go_on_while_the_bus_is_out_of_order()
    {
        using var meters = new Meters();
        var bus = new Bus();
        await using var server = await Server.StartAsync(bus, Server.Impatient());
        await using var client = await Client.ConnectAsync(server.Url);
        bus.Publish("/", "", null, BusFormat.Write(new ClusterHeartbeat { ServerId = "other" }));
        await Waiting.Until(() => server.Adapter.ServerIds.Count == 1, "the other was known");
        foreach (var throwsAtOnce in new[] { true, false })
        {
            server.Adapter.Publishing = _ => throwsAtOnce ? throw new IOException("down") : Task.FromException(new IOException("down"));
            await server.IO.EmitAsync("local");
            await client.ShouldReceive("[\"local\"]");
            await server.IO.SocketsJoinAsync("red");
            await server.IO.To("red").EmitAsync("to red");
            await client.ShouldReceive("[\"to red\"]");
            (await server.IO.FetchSocketsAsync()).MissingServers.ShouldBe(["other"]);
        }

        meters.Dropped("NotSent").ShouldBeGreaterThanOrEqualTo(8);
        server.Log.Of(18).Single().Exception!.Message.ShouldBe("down");
    }

    [Fact]
    public async Task A_bus_that_takes_nothing_makes_nothing_pile_up()
    {
        using var meters = new Meters();
        var never = new TaskCompletionSource();
        var options = Server.Patient();
        options.MaxPendingMessages = 10;
        await using var server = await Server.StartAsync(new Bus(), options);
        await using var client = await Client.ConnectAsync(server.Url);
        server.Adapter.Publishing = _ => never.Task;
        for (var i = 0; i < 30; i++) _ = server.IO.EmitAsync("n", i);
        for (var i = 0; i < 30; i++) await client.ShouldReceive($"[\"n\",{i}]");
        meters.Dropped("TooManyPending").ShouldBe(20);
        never.SetResult();
    }

    [Fact]
    public async Task Who_emits_waits_for_the_bus_only_while_half_of_what_may_be_on_its_way_is()
    {
        var taken = new TaskCompletionSource();
        var options = Server.Patient();
        options.MaxPendingMessages = 10;
        await using var server = await Server.StartAsync(new Bus(), options);
        server.Adapter.Publishing = _ => taken.Task;
        for (var i = 0; i < 5; i++) server.IO.EmitAsync("n", i).IsCompletedSuccessfully.ShouldBeTrue();
        var waiting = server.IO.EmitAsync("n", 5).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        taken.SetResult();
        await waiting.Within("the bus that takes messages again");
        server.IO.EmitAsync("n", 6).IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public async Task A_bus_that_never_opens_makes_nothing_pile_up()
    {
        using var meters = new Meters();
        var options = Server.Patient();
        options.MaxPendingMessages = 10;
        await using var server = await Server.StartAsync(new Bus(), options, configure: made => made.Opening = NeverOpenAsync);
        for (var i = 0; i < 30; i++) await server.IO.EmitAsync("n", i);
        meters.Dropped("TooManyPending").ShouldBe(20);
    }

    [Fact]
    public async Task Too_many_requests_of_this_server_throw()
    {
        var options = Server.Patient();
        options.MaxPendingRequests = 2;
        await using var cluster = await Cluster.StartAsync(2, options);
        cluster.Bus.CutOff(cluster.Servers[1].Id);
        using var end = new CancellationTokenSource();
        var first = cluster[0].FetchSocketsAsync(end.Token).AsTask();
        var second = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await cluster[0].FetchSocketsAsync());
        error.Message.ShouldContain(nameof(ClusterAdapterOptions.MaxPendingRequests));
        await Should.ThrowAsync<InvalidOperationException>(cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask"));
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(first);
        await Should.ThrowAsync<OperationCanceledException>(async () => await cluster[0].FetchSocketsAsync(end.Token));
        second.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Too_many_requests_of_other_servers_are_dropped()
    {
        using var meters = new Meters();
        var options = Server.Impatient();
        options.MaxPendingRequests = 2;
        var never = new TaskCompletionSource();
        await using var cluster = await Cluster.StartAsync(2, Server.Patient());
        var small = await cluster.AddAsync(options);
        small.IO.OnServerSide("ask", _ => never.Task);
        for (var i = 0; i < 5; i++) await cluster[0].ServerSideEmitAsync("ask");
        await Waiting.Until(() => meters.Dropped("TooManyPending") == 3, "three were dropped");
        never.SetResult();
    }

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public async Task Wrong_options_end_the_start(string option, Action<ClusterAdapterOptions> set)
    {
        var options = new ClusterAdapterOptions();
        set(options);
        var error = await Should.ThrowAsync<ArgumentException>(() => Server.StartAsync(new Bus(), options));
        error.Message.ShouldContain(option);
    }

    private static Task NeverOpenAsync(CancellationToken cancellationToken) =>
        Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

    public static TheoryData<string, Action<ClusterAdapterOptions>> WrongOptions => new()
    {
        { nameof(ClusterAdapterOptions.RequestTimeout), options => options.RequestTimeout = TimeSpan.Zero },
        { nameof(ClusterAdapterOptions.HeartbeatInterval), options => options.HeartbeatInterval = TimeSpan.FromDays(2) },
        { nameof(ClusterAdapterOptions.HeartbeatTimeout), options => options.HeartbeatTimeout = options.HeartbeatInterval },
        { nameof(ClusterAdapterOptions.MaxServers), options => options.MaxServers = 0 },
        { nameof(ClusterAdapterOptions.MaxPendingRequests), options => options.MaxPendingRequests = 0 },
        { nameof(ClusterAdapterOptions.MaxPendingMessages), options => options.MaxPendingMessages = 0 },
        { nameof(ClusterAdapterOptions.MaxMessageSize), options => options.MaxMessageSize = 1000 },
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_was_away_gets_what_other_servers_sent_from_its_own_server_alone(bool elsewhere)
    {
        await using var cluster = await Cluster.StartAsync(
            2, settings: options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
        var client = await cluster.ConnectAsync(1, "/", "red");
        var stays = await cluster.ConnectAsync(0);
        await cluster[0].To("red").EmitAsync("before", "text");
        var packet = await client.ReceiveAsync();
        packet.ShouldStartWith("42[\"before\",\"text\",\"");
        var offset = packet["42[\"before\",\"text\",".Length..^1];
        await client.DisposeAsync();
        await Waiting.Until(() => cluster[1].Sockets.Count == 0, "the server had noticed");
        await cluster[0].To("red").EmitAsync("missed", new byte[] { 1 });
        await cluster[0].EmitAsync("end");
        (await stays.ReceiveAsync()).ShouldStartWith("42[\"end\",\"");
        await Waiting.Until(() => cluster.Bus.IsQuiet, "all messages were handled");
        await using var back = await Client.DialAsync(
            cluster.Servers[elsewhere ? 0 : 1].Url, auth: $"{{\"pid\":\"{client.Pid}\",\"offset\":{offset}}}");
        if (elsewhere)
        {
            back.ReadConnect(await back.ReceiveAsync());
            back.Id.ShouldNotBe(client.Id);
            return;
        }

        (await back.ReceiveAsync()).ShouldStartWith("451-[\"missed\",{\"_placeholder\":true,\"num\":0},\"");
        (await back.ReceiveAsync()).ShouldBe("bAQ==");
        (await back.ReceiveAsync()).ShouldStartWith("42[\"end\",\"");
        back.ReadConnect(await back.ReceiveAsync());
        back.Id.ShouldBe(client.Id);
        back.Pid.ShouldBe(client.Pid);
    }
}
