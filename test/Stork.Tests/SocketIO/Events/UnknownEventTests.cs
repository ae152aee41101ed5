using Microsoft.Extensions.Logging;

namespace Stork.Tests.SocketIO.Events;

/// <summary>A client that waits for an answer to an event nobody handles waits in vain, as with the original;
/// but the log says why.</summary>
public sealed class UnknownEventTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_event_without_a_handler_that_asks_for_an_answer_is_told_once(bool hasMiddleware)
    {
        await using var pair = await Pair.ConnectAsync(socket =>
        {
            if (hasMiddleware) socket.Use(_ => ValueTask.CompletedTask);
            socket.On("known", () => { });
        });
        for (var i = 1; i < 4; i++) await pair.Client.SendAsync($"42{i}[\"knwon\",1]");
        await pair.Client.SendAsync("42[\"silent\"]");
        (await pair.AskAsync("[\"known\"]", id: 9)).ShouldBe("[]");
        var told = pair.Log.Of(101).ShouldHaveSingleItem();
        told.Level.ShouldBe(LogLevel.Information);
        told.Message.ShouldContain("\"knwon\"");
        told.Message.ShouldContain("namespace /");
    }

    [Fact]
    public async Task A_middleware_may_answer_for_a_handler()
    {
        await using var pair = await Pair.ConnectAsync(socket => socket.Use(received => received.Acknowledgement!.SendAsync("mine")));
        (await pair.AskAsync("[\"anything\"]")).ShouldBe("[\"mine\"]");
        await pair.Socket.DisconnectAsync();
        await pair.Client.ShouldReceive("41");
        pair.Log.Of(101).ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_invents_events_does_not_fill_the_log()
    {
        await using var pair = await Pair.ConnectAsync();
        for (var i = 0; i < 300; i++) await pair.Client.SendAsync($"42{i}[\"invented {i}\"]");
        await pair.ShouldLive();
        pair.Log.Of(101).Count().ShouldBe(100);
    }
}
