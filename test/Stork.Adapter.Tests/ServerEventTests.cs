namespace Stork.Adapter.Tests;

public sealed class ServerEventTests
{
    [Theory]
    [InlineData("/", 0)]
    [InlineData("/", 2)]
    [InlineData("/chat", 1)]
    public async Task An_event_reaches_the_other_servers_and_no_client(string nsp, int from)
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var cluster = await Cluster.StartAsync(3, setUp: io => io.Of(nsp).OnServerSide(
            "news", arguments => seen.Enqueue($"{arguments.Count} {arguments.Get<int>(0)} {arguments.Get<byte[]>(1)![0]}")));
        await cluster.UntilAllKnow(nsp);
        var clients = await cluster.ConnectToAllAsync(nsp);
        await cluster[from].Of(nsp).ServerSideEmitAsync("news", 5, new byte[] { 6 });
        await cluster[from].Of(nsp).EmitAsync("end");
        foreach (var client in clients) await client.ShouldReceive("[\"end\"]");
        await Waiting.Until(() => cluster.Bus.IsQuiet, "all messages were handled");
        seen.ShouldBe(["2 5 6", "2 5 6"]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Each_other_server_answers(int servers)
    {
        await using var cluster = await Cluster.StartAsync(servers, setUp: io => io.OnServerSide("add", async arguments =>
        {
            await Task.Yield();
            return new { sum = arguments.Get<int>(0) + arguments.Get<int>(1), bytes = new byte[] { 1 } };
        }));
        var answers = await cluster[0].ServerSideEmitWithAckAsync<EventArguments>("add", 1, 2).Within("the answers");
        answers.Count.ShouldBe(servers - 1);
        foreach (var answer in answers)
        {
            var json = System.Text.Encoding.UTF8.GetString(answer!.GetJson(0).Span);
            json.ShouldBe("{\"sum\":3,\"bytes\":{\"_placeholder\":true,\"num\":0}}");
            answer.Attachments.Single().ToArray().ShouldBe([1]);
        }
    }

    [Fact]
    public async Task The_first_handler_that_is_done_answers_and_those_without_a_value_answer_null()
    {
        var never = new TaskCompletionSource();
        await using var cluster = await Cluster.StartAsync(2, setUp: io => io
            .OnServerSide("a", _ => never.Task)
            .OnServerSide("a", _ => Task.FromResult("second"))
            .OnServerSide("b", _ => { })
            .OnServerSide("c", _ => Task.CompletedTask));
        (await cluster[0].ServerSideEmitWithAckAsync<string>("a").Within("the answer")).ShouldBe(["second"]);
        (await cluster[0].ServerSideEmitWithAckAsync<string>("b").Within("the answer")).ShouldBe([null]);
        (await cluster[0].ServerSideEmitWithAckAsync<string>("c").Within("the answer")).ShouldBe([null]);
    }

    [Fact]
    public async Task A_server_without_a_handler_or_with_one_that_fails_is_named()
    {
        await using var cluster = await Cluster.StartAsync(3, Server.Impatient());
        cluster[1].OnServerSide("ask", _ => Task.FromResult(1));
        cluster[2].OnServerSide("ask", Task<int> (_) => throw new InvalidOperationException("of the application"));
        var answers = cluster[0].ServerSideEmitWithAckAsync<int>("ask");
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(answers.Within("the limit"));
        failure.Responses.ShouldBe([1]);
        failure.MissingServers.ShouldBe([cluster.Servers[2].Id]);
        (await cluster.Servers[2].Log.WaitForAsync(25)).Exception!.Message.ShouldBe("of the application");
    }

    [Fact]
    public async Task A_server_that_stops_meanwhile_is_named_and_not_waited_for()
    {
        var never = new TaskCompletionSource();
        await using var cluster = await Cluster.StartAsync(2, setUp: io => io.OnServerSide("ask", _ => never.Task));
        var answers = cluster[0].ServerSideEmitWithAckAsync<int>("ask", [], TimeSpan.FromDays(1));
        await Waiting.Until(() => cluster.Bus.IsQuiet, "the other server was asked");
        var gone = cluster.Servers[1];
        await cluster.StopAsync(gone);
        var failure = await Should.ThrowAsync<AcknowledgementTimeoutException>(answers.Within("the end of the wait"));
        failure.MissingServers.ShouldBe([gone.Id]);
    }

    [Fact]
    public async Task A_server_alone_gets_no_answers_at_once()
    {
        await using var cluster = await Cluster.StartAsync(1);
        await cluster[0].ServerSideEmitAsync("news");
        (await cluster[0].ServerSideEmitWithAckAsync<int>("ask").Within("no answers")).ShouldBeEmpty();
        cluster.Servers[0].Log.Of(26).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connection")]
    [InlineData("new_namespace")]
    public async Task Names_with_a_meaning_of_their_own_are_refused(string name)
    {
        await using var cluster = await Cluster.StartAsync(1);
        await Should.ThrowAsync<ArgumentException>(async () => await cluster[0].ServerSideEmitAsync(name));
        await Should.ThrowAsync<ArgumentException>(() => cluster[0].ServerSideEmitWithAckAsync<int>(name));
        Should.Throw<ArgumentException>(() => cluster[0].OnServerSide(name, _ => { }));
    }

    [Fact]
    public async Task Children_have_the_handlers_of_their_parent()
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var cluster = await Cluster.StartAsync(2, setUp: io =>
            io.Of(new System.Text.RegularExpressions.Regex("^/d\\d$")).OnServerSide("news", _ => seen.Enqueue("news")));
        await cluster.ConnectToAllAsync("/d1");
        await cluster.UntilAllKnow("/d1");
        await cluster[0].Of("/d1").ServerSideEmitAsync("news");
        await Waiting.Until(() => seen.Count == 1, "the event was handled");
    }
}
