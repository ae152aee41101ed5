namespace Stork.Tests.SocketIO.Events;

public sealed class RewrittenEventTests
{
    [Fact]
    public async Task Middlewares_that_follow_and_handlers_get_what_a_middleware_has_made_of_an_event()
    {
        await using var pair = await Pair.ConnectAsync(socket =>
        {
            socket.Use(happened =>
            {
                happened.Rewrite(happened.Name, happened.Arguments.Get<string>(0)!.ToUpperInvariant(), 2, new byte[] { 3 });
                return ValueTask.CompletedTask;
            });
            socket.Use(happened =>
            {
                happened.Arguments.Count.ShouldBe(3);
                happened.Arguments.Get<string>(0).ShouldBe("HELLO");
                return ValueTask.CompletedTask;
            });
            socket.On("say", (string text, int number, byte[] bytes) => $"{text} {number} {bytes[0]}");
        });
        (await pair.AskAsync("[\"say\",\"hello\"]")).ShouldBe("[\"HELLO 2 3\"]");
    }

    [Fact]
    public async Task An_event_may_become_another_one_which_still_answers_the_client()
    {
        await using var pair = await Pair.ConnectAsync(socket =>
        {
            socket.Use(happened =>
            {
                if (happened.Name == "old") happened.Rewrite("new", happened.Arguments.Get<int>(0) + 1);
                return ValueTask.CompletedTask;
            });
            socket.On("old", (int _) => "old");
            socket.On("new", (int number) => number);
        });
        (await pair.AskAsync("[\"old\",1]")).ShouldBe("[2]");
        (await pair.AskAsync("[\"new\",1]")).ShouldBe("[1]");
    }

    [Fact]
    public async Task Catch_all_listeners_see_what_came()
    {
        var seen = new List<string>();
        await using var pair = await Pair.ConnectAsync(socket =>
        {
            socket.OnAny(happened => seen.Add(happened.Name));
            socket.Use(happened =>
            {
                happened.Rewrite("new");
                return ValueTask.CompletedTask;
            });
            socket.On("new", () => "new");
        });
        (await pair.AskAsync("[\"old\"]")).ShouldBe("[\"new\"]");
        seen.ShouldBe(["old"]);
    }

    [Fact]
    public async Task A_reserved_name_is_refused_and_answered_as_a_middleware_that_fails()
    {
        await using var pair = await Pair.ConnectAsync(socket =>
        {
            socket.Use(happened =>
            {
                if (happened.Name == "say") happened.Rewrite("disconnect");
                return ValueTask.CompletedTask;
            });
            socket.On("say", () => "said");
        });
        (await pair.AskAsync("[\"say\"]")).ShouldContain("handler_failed");
        pair.Log.Of(20).ShouldHaveSingleItem().Exception.ShouldBeOfType<ArgumentException>();
        await pair.ShouldLive();
    }
}
