using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.SocketIO.Broadcasting;

public sealed class BroadcastAcknowledgementTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private readonly List<WebSocketClient> _clients = [];
    private StorkApp _app = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await StorkApp.StartAsync(time: _time);
        for (var i = 0; i < 4; i++)
        {
            _clients.Add(await WebSocketClient.OpenAsync(_app));
            await _clients[^1].JoinAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Completes_when_everybody_has_answered()
    {
        var replies = _app.IO.Timeout(Limit).EmitWithAckAsync<int>("ask", "x");
        for (var i = 0; i < 4; i++)
        {
            replies.IsCompleted.ShouldBeFalse();
            await AnswerAsync(_clients[i], $"[{i}]");
            Pending().ShouldBe(3 - i);
        }

        (await replies.Within("the answers")).ShouldBe([0, 1, 2, 3]);
        Timers().ShouldBe(4);
    }

    [Fact]
    public async Task All_are_asked_under_one_number()
    {
        _ = _app.IO.Timeout(Limit).EmitWithAckAsync<int>("ask");
        var packets = await Task.WhenAll(_clients.Select(client => client.ReceiveAsync()));
        packets.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Is_empty_at_once_if_nobody_is_meant() =>
        (await _app.IO.To("nobody").Timeout(Limit).EmitWithAckAsync<int>("ask").Within("nothing")).ShouldBeEmpty();

    [Fact]
    public void Wants_a_limit() => Should.Throw<InvalidOperationException>(() => _app.IO.To("x").EmitWithAckAsync<int>("ask"));

    [Fact]
    public async Task Fails_in_time_with_the_answers_that_came()
    {
        var replies = _app.IO.Timeout(Limit).EmitWithAckAsync<string>("ask");
        await AnswerAsync(_clients[2], "[\"two\"]");
        await AnswerAsync(_clients[0], "[{\"no\":\"string\"}]");
        Pending().ShouldBe(2);
        _time.Advance(Limit - Stork.Timing.TimerWheel.LongestTick);
        replies.IsCompleted.ShouldBeFalse();
        _time.Advance(Stork.Timing.TimerWheel.LongestTick);
        var timeout = await Should.ThrowAsync<AcknowledgementTimeoutException>(replies);
        timeout.Responses.ShouldBe(["two", null]);
        Pending().ShouldBe(0);
        Timers().ShouldBe(4);
    }

    [Fact]
    public async Task A_client_that_leaves_is_waited_for_until_the_limit()
    {
        var replies = _app.IO.Timeout(Limit).EmitWithAckAsync<int>("ask");
        for (var i = 0; i < 3; i++) await AnswerAsync(_clients[i], "[1]");
        await _clients[3].DisposeAsync();
        await _app.UntilConnections(3);
        Pending().ShouldBe(0);
        replies.IsCompleted.ShouldBeFalse();
        _time.Advance(Limit);
        (await Should.ThrowAsync<AcknowledgementTimeoutException>(replies)).Responses.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Late_answers_and_second_ones_are_ignored()
    {
        var replies = _app.IO.Timeout(Limit).EmitWithAckAsync<int>("ask");
        var packet = await _clients[0].ReceiveAsync();
        var id = packet[2..packet.IndexOf('[', StringComparison.Ordinal)];
        await _clients[0].SendAsync($"43{id}[1]", $"43{id}[2]", $"43{id}[3]", $"43{id}[4]");
        await ShouldLive(_clients[0]);
        replies.IsCompleted.ShouldBeFalse();
        _time.Advance(Limit);
        (await Should.ThrowAsync<AcknowledgementTimeoutException>(replies)).Responses.ShouldBe([1]);
        await AnswerAsync(_clients[1], "[5]");
    }

    [Fact]
    public async Task Only_those_meant_are_asked()
    {
        await _app.IO.Sockets[0].JoinAsync("r");
        var asked = _clients.Select(client => client.ReceiveAsync()).ToList();
        var replies = _app.IO.To("r").Timeout(Limit).EmitWithAckAsync<int>("ask");
        var index = asked.IndexOf(await Task.WhenAny(asked));
        var packet = await asked[index];
        await _clients[index].SendAsync($"43{packet[2..packet.IndexOf('[', StringComparison.Ordinal)]}[1]");
        (await replies.Within("the answer")).ShouldBe([1]);
        asked.Count(task => task.IsCompleted).ShouldBe(1);
    }

    /// <summary>Answers, and waits until that has been taken in.</summary>
    private static async Task AnswerAsync(WebSocketClient client, string arguments)
    {
        var packet = await client.ReceiveAsync();
        await client.SendAsync($"43{packet[2..packet.IndexOf('[', StringComparison.Ordinal)]}{arguments}");
        await ShouldLive(client);
    }

    private static async Task ShouldLive(WebSocketClient client)
    {
        await client.SendAsync("40/nowhere,");
        await client.ShouldReceive("44/nowhere,{\"message\":\"Invalid namespace\"}");
    }

    private int Pending() => _app.IO.Sockets.Sum(socket => socket.PendingAcks());

    private int Timers() => _app.IO.Engine.Wheel.Count;
}
