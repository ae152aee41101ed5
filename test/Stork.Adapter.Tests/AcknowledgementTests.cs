using Stork.Tests.Timing;

namespace Stork.Adapter.Tests;

public sealed class AcknowledgementTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_clients_of_all_servers_answer(int from)
    {
        await using var cluster = await Cluster.StartAsync(3);
        var clients = await cluster.ConnectToAllAsync();
        var answers = cluster[from].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask", "x");
        for (var i = 0; i < clients.Length; i++) await clients[i].AcknowledgeAsync("[\"ask\",\"x\"]", $"[{i}]");
        (await answers.Within("the answers")).Order().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task Rooms_and_local_choose_who_is_asked()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var asked = await cluster.ConnectAsync(1, "/", "red");
        _ = await cluster.ConnectAsync(1);
        var here = await cluster.ConnectAsync(0);
        var answers = cluster[0].To("red").Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        await asked.AcknowledgeAsync("[\"ask\"]", "[7]");
        (await answers.Within("the answers")).ShouldBe([7]);
        var local = cluster[0].Local.Timeout(Patience.Limit).EmitWithAckAsync<int>("here");
        await here.AcknowledgeAsync("[\"here\"]", "[8]");
        (await local.Within("the local answers")).ShouldBe([8]);
    }

    [Fact]
    public async Task Without_clients_there_are_no_answers_at_once()
    {
        await using var cluster = await Cluster.StartAsync(3);
        (await cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask").Within("no answers")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_are_binary_or_empty_or_nonsense_as_clients_like()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var clients = new[] { await cluster.ConnectAsync(1), await cluster.ConnectAsync(1), await cluster.ConnectAsync(1) };
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<byte[]>("ask");
        var id = await clients[0].ReceiveAskedAsync("[\"ask\"]");
        await clients[0].SendAsync($"461-{id}[{{\"_placeholder\":true,\"num\":0}}, \"more\"]");
        await clients[0].SendAsync([1, 2, 3]);
        await clients[1].AcknowledgeAsync("[\"ask\"]", "[]");
        await clients[2].AcknowledgeAsync("[\"ask\"]", "[{\"no\":\"bytes\"}]");
        var came = await answers.Within("the answers");
        came.Count.ShouldBe(3);
        came.Single(answer => answer is not null).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Those_who_answer_in_time_are_heard_and_the_servers_of_the_others_named()
    {
        await using var cluster = await Cluster.StartAsync(3);
        var clients = await cluster.ConnectToAllAsync();
        var answers = cluster[0].Timeout(TimeSpan.FromSeconds(2)).EmitWithAckAsync<int>("ask");
        await clients[0].AcknowledgeAsync("[\"ask\"]", "[0]");
        await clients[1].AcknowledgeAsync("[\"ask\"]", "[1]");
        _ = await clients[2].ReceiveAskedAsync("[\"ask\"]");
        var late = await Should.ThrowAsync<AcknowledgementTimeoutException>(answers.Within("the time limit"));
        late.Responses.Cast<int>().Order().ShouldBe([0, 1]);
        late.MissingServers.ShouldBe([cluster.Servers[2].Id]);
        late.MissingServerCount.ShouldBe(1);
        late.Message.ShouldContain(cluster.Servers[2].Id);
    }

    [Fact]
    public async Task A_server_that_falls_silent_in_the_middle_is_named_as_soon_as_it_is_missed()
    {
        var time = new ManualTime();
        await using var cluster = await Cluster.StartAsync(3, new ClusterAdapterOptions(), time: time);
        var clients = await cluster.ConnectToAllAsync();
        // Far longer than the heartbeats: what ends it is that the server is missed, not the limit.
        var answers = cluster[0].Timeout(TimeSpan.FromMinutes(10)).EmitWithAckAsync<int>("ask");
        await clients[0].AcknowledgeAsync("[\"ask\"]", "[0]");
        await clients[1].AcknowledgeAsync("[\"ask\"]", "[1]");
        _ = await clients[2].ReceiveAskedAsync("[\"ask\"]");
        var gone = cluster.Servers[2].Id;
        cluster.Bus.CutOff(gone);
        await MissAsync(cluster, time, gone);
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(answers.Within("the end of the wait"));
        failure.Responses.Cast<int>().Order().ShouldBe([0, 1]);
        failure.MissingServers.ShouldBe([gone]);
        (await cluster.Servers[0].Log.WaitForAsync(19)).Message.ShouldContain(gone);
        (await cluster.Servers[0].Adapter.GetServerCountAsync(default)).ShouldBe(2);
    }

    [Fact]
    public async Task A_server_that_stops_in_the_middle_is_not_waited_for()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var here = await cluster.ConnectAsync(0);
        var there = await cluster.ConnectAsync(1);
        var answers = cluster[0].Timeout(TimeSpan.FromMinutes(10)).EmitWithAckAsync<int>("ask");
        await here.AcknowledgeAsync("[\"ask\"]", "[1]");
        _ = await there.ReceiveAskedAsync("[\"ask\"]");
        var gone = cluster.Servers[1];
        await cluster.StopAsync(gone);
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(answers.Within("the end of the wait"));
        failure.Responses.ShouldBe([1]);
        failure.MissingServers.ShouldBe([gone.Id]);
    }

    [Fact]
    public async Task One_that_has_answered_everything_may_go()
    {
        await using var cluster = await Cluster.StartAsync(3);
        var clients = await cluster.ConnectToAllAsync();
        var passed = 0;
        cluster.Bus.Passes = (_, _, message) =>
        {
            if (BusFormat.Read(message) is ClusterClientAnswer) Interlocked.Increment(ref passed);
            return true;
        };
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        await clients[2].AcknowledgeAsync("[\"ask\"]", "[2]");
        await clients[0].AcknowledgeAsync("[\"ask\"]", "[0]");
        var id = await clients[1].ReceiveAskedAsync("[\"ask\"]");
        await Waiting.Until(() => Volatile.Read(ref passed) == 1, "the answer was on its way, before the goodbye");
        await cluster.StopAsync(cluster.Servers[2]);
        await clients[1].SendAsync($"43{id}[1]");
        (await answers.Within("the answers")).Order().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task Numbers_of_clients_that_come_twice_count_once()
    {
        await using var cluster = await Cluster.StartAsync(2);
        cluster.Bus.ComesTwice = static message => BusFormat.Read(message) is ClusterClientCount;
        var clients = new[] { await cluster.ConnectAsync(1), await cluster.ConnectAsync(1) };
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        await clients[0].AcknowledgeAsync("[\"ask\"]", "[1]");
        await clients[1].AcknowledgeAsync("[\"ask\"]", "[2]");
        (await answers.Within("the answers")).Order().ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Answers_that_overtake_the_number_of_clients_count()
    {
        await using var cluster = await Cluster.StartAsync(2);
        var held = new List<byte[]>();
        cluster.Bus.Passes = (_, _, message) =>
        {
            if (BusFormat.Read(message) is not ClusterClientCount) return true;
            held.Add(message);
            return false;
        };
        var client = await cluster.ConnectAsync(1);
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        await client.AcknowledgeAsync("[\"ask\"]", "[5]");
        await Waiting.Until(() => held.Count == 1, "the number was on its way");
        cluster.Bus.Passes = static (_, _, _) => true;
        cluster.Bus.Publish("/", cluster.Servers[1].Id, cluster.Servers[0].Id, held[0]);
        (await answers.Within("the answers")).ShouldBe([5]);
    }

    [Fact]
    public async Task Where_only_the_number_of_servers_is_known_the_missing_ones_are_counted()
    {
        var options = Server.Patient();
        options.Heartbeats = false;
        await using var cluster = new Cluster();
        for (var i = 0; i < 3; i++) await cluster.AddUnknownAsync(options);
        var clients = await cluster.ConnectToAllAsync();
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        for (var i = 0; i < 3; i++) await clients[i].AcknowledgeAsync("[\"ask\"]", $"[{i}]");
        (await answers.Within("the answers")).Order().ShouldBe([0, 1, 2]);
        cluster.Bus.CutOff(cluster.Servers[2].Id);
        var late = cluster[0].To("nobody").Timeout(TimeSpan.FromMilliseconds(500)).EmitWithAckAsync<int>("ask");
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(late.Within("the time limit"));
        failure.MissingServers.ShouldBeEmpty();
        failure.MissingServerCount.ShouldBe(1);
    }

    /// <summary>Lets time pass until all others have missed one, heartbeats going to and fro meanwhile.</summary>
    internal static async Task MissAsync(Cluster cluster, ManualTime time, string gone)
    {
        var others = cluster.Servers.Where(server => server.Id != gone).ToList();
        for (var i = 0; i < 30 && others.Any(server => server.Adapter.ServerIds.Contains(gone)); i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            // Whoever says something now has to be heard before time goes on.
            await Waiting.Until(() => cluster.Bus.IsQuiet, "all messages were handled");
        }

        foreach (var server in others) server.Adapter.ServerIds.ShouldNotContain(gone);
    }
}
