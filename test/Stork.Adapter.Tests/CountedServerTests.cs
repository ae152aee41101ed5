namespace Stork.Adapter.Tests;

/// <summary>Servers on a bus that knows how many listen, and not who.</summary>
public sealed class CountedServerTests
{
    [Fact]
    public async Task Answers_that_do_not_say_who_answers_are_those_of_one_server_each()
    {
        await using var cluster = await StartAsync(3);
        foreach (var server in cluster.Servers) server.Adapter.IsNameless = true;
        var clients = new[] { await cluster.ConnectAsync(1), await cluster.ConnectAsync(1), await cluster.ConnectAsync(2) };
        var found = await cluster[0].FetchSocketsAsync().Within("the sockets");
        found.Select(socket => socket.Id).ShouldBe(clients.Select(client => client.Id), ignoreOrder: true);
        found.IsComplete.ShouldBeTrue();
        foreach (var server in cluster.Servers) server.IO.OnServerSide("ask", _ => Task.FromResult(7));
        (await cluster[0].ServerSideEmitWithAckAsync<int>("ask").Within("the servers' answers")).ShouldBe([7, 7]);
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        for (var i = 0; i < clients.Length; i++) await clients[i].AcknowledgeAsync("[\"ask\"]", $"[{i}]");
        (await answers.Within("the clients' answers")).Order().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task Answers_that_do_not_say_who_answers_may_overtake_the_number_of_clients()
    {
        await using var cluster = await StartAsync(3);
        foreach (var server in cluster.Servers) server.Adapter.IsNameless = true;
        var first = await cluster.ConnectAsync(1);
        var second = await cluster.ConnectAsync(2);
        var told = new TaskCompletionSource();
        cluster.Servers[2].Adapter.Publishing = message => message is ClusterClientCount ? told.Task : Task.CompletedTask;
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        await first.AcknowledgeAsync("[\"ask\"]", "[1]");
        await second.AcknowledgeAsync("[\"ask\"]", "[2]");
        await Waiting.Until(() => cluster.Bus.IsQuiet, "the answers were handled");
        told.SetResult();
        (await answers.Within("the answers")).Order().ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_client_that_does_not_answer_counts_as_a_server_nobody_can_name()
    {
        await using var cluster = await StartAsync(2);
        cluster.Servers[1].Adapter.IsNameless = true;
        var client = await cluster.ConnectAsync(1);
        var answers = cluster[0].Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<int>("ask");
        _ = await client.ReceiveAskedAsync("[\"ask\"]");
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(answers.Within("the limit"));
        failure.MissingServers.ShouldBeEmpty();
        failure.MissingServerCount.ShouldBe(1);
    }

    [Fact]
    public async Task An_event_that_asks_keeps_its_place_while_the_servers_are_counted()
    {
        await using var cluster = await StartAsync(3);
        var clients = await cluster.ConnectToAllAsync();
        var counted = new TaskCompletionSource();
        cluster.Servers[0].Adapter.Counting = () => counted.Task;
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        await cluster[0].EmitAsync("next");
        for (var i = 0; i < clients.Length; i++)
        {
            await clients[i].AcknowledgeAsync("[\"ask\"]", $"[{i}]");
            await clients[i].ShouldReceive("[\"next\"]");
        }

        await Waiting.Until(() => cluster.Bus.IsQuiet, "the answers were handled");
        counted.SetResult();
        (await answers.Within("the answers")).Order().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task Sockets_get_an_event_that_asks_though_the_bus_cannot_count()
    {
        await using var cluster = await StartAsync(2);
        var clients = await cluster.ConnectToAllAsync();
        cluster.Servers[0].Adapter.Counting = static () => Task.FromException(new IOException("down"));
        var answers = cluster[0].Timeout(Patience.Limit).EmitWithAckAsync<int>("ask");
        (await Should.ThrowAsync<IOException>(answers.Within("the failure"))).Message.ShouldBe("down");
        foreach (var client in clients) _ = await client.ReceiveAskedAsync("[\"ask\"]");
        await Should.ThrowAsync<IOException>(async () => await cluster[0].FetchSocketsAsync());
    }

    [Fact]
    public async Task A_bus_that_does_not_count_is_not_waited_for_beyond_the_limit()
    {
        await using var cluster = await StartAsync(2);
        var never = new TaskCompletionSource();
        cluster.Servers[0].Adapter.Counting = () => never.Task;
        var fetch = cluster[0].Timeout(TimeSpan.FromMilliseconds(50)).FetchSocketsAsync().AsTask();
        var failure = fetch.ContinueWith(static ended => ended.Exception?.InnerException, TaskScheduler.Default);
        (await failure.Within("the limit")).ShouldBeOfType<TimeoutException>();
        (await cluster[0].Local.FetchSocketsAsync()).ShouldBeEmpty();
    }

    private static async Task<Cluster> StartAsync(int servers)
    {
        var options = Server.Patient();
        options.Heartbeats = false;
        var cluster = new Cluster();
        for (var i = 0; i < servers; i++) await cluster.AddUnknownAsync(options);
        return cluster;
    }
}
