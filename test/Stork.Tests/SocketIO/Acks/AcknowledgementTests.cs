using System.Text.Json;
using System.Text.Json.Serialization;
using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.SocketIO.Acks;

/// <summary>Answers that clients owe the server.</summary>
public sealed class AcknowledgementTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_answer_is_read_as_the_type_asked_for()
    {
        await using var pair = await Pair.ConnectAsync();
        (await Answer(pair, pair.Socket.EmitWithAckAsync<int>("a", 1, "x"), "[5]", "[\"a\",1,\"x\"]")).ShouldBe(5);
        (await Answer(pair, pair.Socket.EmitWithAckAsync<string>("a"), "[\"text\",2]")).ShouldBe("text");
        (await Answer(pair, pair.Socket.EmitWithAckAsync<int[]>("a"), "[[1,2]]")).ShouldBe([1, 2]);
        (await Answer(pair, pair.Socket.EmitWithAckAsync<string>("a"), "[]")).ShouldBeNull();
        (await Answer(pair, pair.Socket.EmitWithAckAsync<string>("a"), "[null]")).ShouldBeNull();
        var all = await Answer(pair, pair.Socket.EmitWithAckAsync<EventArguments>("a"), "[1,\"two\"]");
        (all!.Count, all.Get<int>(0), all.Get<string>(1)).ShouldBe((2, 1, "two"));
    }

    [Fact]
    public async Task A_binary_answer_is_read_too()
    {
        await using var pair = await Pair.ConnectAsync();
        var answer = pair.Socket.EmitWithAckAsync<byte[]>("a");
        var id = await ReadIdAsync(pair.Client);
        await pair.Client.SendAsync($"461-{id}[{{\"_placeholder\":true,\"num\":0}}]");
        await ((WebSocketClient)pair.Client).SendAsync([1, 2]);
        (await answer.Within("the answer")).ShouldBe([1, 2]);
    }

    [Theory]
    [InlineData("[\"no number\"]")]
    [InlineData("[{}]")]
    [InlineData("[1e400]")]
    public async Task An_answer_that_does_not_fit_fails_the_caller_and_not_the_connection(string answer)
    {
        await using var pair = await Pair.ConnectAsync();
        await Should.ThrowAsync<JsonException>(Answer(pair, pair.Socket.EmitWithAckAsync<int>("a"), answer));
        await pair.ShouldLive();
    }

    [Fact]
    public async Task Whatever_a_converter_throws_fails_the_caller_and_not_the_connection()
    {
        await using var pair = await Pair.ConnectAsync();
        await Should.ThrowAsync<ArithmeticException>(Answer(pair, pair.Socket.EmitWithAckAsync<Difficult>("a"), "[1]"));
        var replies = pair.IO.Timeout(TimeSpan.FromMinutes(1)).EmitWithAckAsync<Difficult>("a");
        (await Answer(pair, replies, "[1]")).ShouldBe([null]);
        await pair.ShouldLive();
        pair.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Late_repeated_and_invented_answers_are_ignored()
    {
        await using var pair = await Pair.ConnectAsync();
        var answer = pair.Socket.EmitWithAckAsync<int>("a");
        var id = await ReadIdAsync(pair.Client);
        await pair.Client.SendAsync($"43{id + 1}[0]", "43[0]", "439999999999999999999[0]", $"43{id}[1]", $"43{id}[2]", $"43{id}[3]");
        (await answer.Within("the answer")).ShouldBe(1);
        await pair.ShouldLive();
        pair.Socket.PendingAcks().ShouldBe(0);
    }

    [Fact]
    public async Task An_answer_for_another_socket_is_not_taken()
    {
        await using var pair = await Pair.ConnectAsync();
        var (stranger, strangersSocket) = await pair.AddAsync();
        await using var _ = stranger;
        var answer = pair.Socket.EmitWithAckAsync<int>("a");
        var id = await ReadIdAsync(pair.Client);
        await stranger.SendAsync($"43{id}[666]");
        var other = strangersSocket.EmitWithAckAsync<int>("b");
        await stranger.SendAsync($"43{await ReadIdAsync(stranger)}[1]");
        (await other.Within("the stranger's own answer")).ShouldBe(1);
        answer.IsCompleted.ShouldBeFalse();
        await pair.Client.SendAsync($"43{id}[1]");
        (await answer.Within("the answer")).ShouldBe(1);
    }

    [Fact]
    public async Task A_timeout_is_kept_to_the_tick()
    {
        await using var pair = await Pair.ConnectAsync(time: _time);
        var answer = pair.Socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<int>("a");
        var id = await ReadIdAsync(pair.Client);
        _time.Advance(TimeSpan.FromSeconds(4.975));
        answer.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(0.025));
        var timeout = await Should.ThrowAsync<AcknowledgementTimeoutException>(answer);
        timeout.Message.ShouldContain("5000 ms");
        pair.Socket.PendingAcks().ShouldBe(0);
        await pair.Client.SendAsync($"43{id}[1]");
        await pair.ShouldLive();
    }

    [Fact]
    public async Task A_timeout_of_zero_gives_up_at_once()
    {
        await using var pair = await Pair.ConnectAsync(time: _time);
        var answer = pair.Socket.Timeout(TimeSpan.Zero).EmitWithAckAsync<int>("a");
        var answers = pair.IO.Timeout(TimeSpan.Zero).EmitWithAckAsync<int>("a");
        await ReadIdAsync(pair.Client);
        _time.Advance(Stork.Timing.TimerWheel.LongestTick);
        await Should.ThrowAsync<AcknowledgementTimeoutException>(answer);
        await Should.ThrowAsync<AcknowledgementTimeoutException>(answers);
        Should.Throw<ArgumentOutOfRangeException>(() => pair.Socket.Timeout(TimeSpan.FromTicks(-1)));
    }

    [Fact]
    public async Task An_answered_timeout_leaves_nothing_behind()
    {
        await using var pair = await Pair.ConnectAsync(time: _time);
        var before = pair.IO.Engine.Wheel.Count;
        (await Answer(pair, pair.Socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<int>("a"), "[1]")).ShouldBe(1);
        pair.IO.Engine.Wheel.Count.ShouldBe(before);
    }

    [Fact]
    public async Task Whoever_waits_learns_that_the_client_has_left()
    {
        await using var pair = await Pair.ConnectAsync();
        var answers = Enumerable.Range(0, 10).Select(_ => pair.Socket.EmitWithAckAsync<int>("a")).ToList();
        answers.Add(pair.Socket.Timeout(TimeSpan.FromHours(1)).EmitWithAckAsync<int>("a"));
        await pair.Client.DisposeAsync();
        foreach (var answer in answers) await Should.ThrowAsync<SocketDisconnectedException>(answer.Within("the failure"));
        pair.Socket.PendingAcks().ShouldBe(0);
        await Should.ThrowAsync<SocketDisconnectedException>(pair.Socket.EmitWithAckAsync<int>("too late"));
    }

    [Fact]
    public async Task A_cancelled_wait_is_forgotten()
    {
        await using var pair = await Pair.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        var answer = pair.Socket.EmitWithAckAsync<int>("a", [1], cancellation.Token);
        var id = await ReadIdAsync(pair.Client);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(answer);
        pair.Socket.PendingAcks().ShouldBe(0);
        await pair.Client.SendAsync($"43{id}[1]");

        // Cancelled before it began, it is not even sent.
        await Should.ThrowAsync<OperationCanceledException>(pair.Socket.EmitWithAckAsync<int>("never", [1], cancellation.Token));
        await pair.ShouldLive();
    }

    [Fact]
    public async Task A_middleware_cannot_ask_and_does_not_wait_for_ever()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(async socket =>
        {
            await Should.ThrowAsync<SocketDisconnectedException>(socket.EmitWithAckAsync<int>("a"));
            throw new ConnectErrorException("no");
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40");
        await client.ShouldReceive("44{\"message\":\"no\"}");
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_client_that_owes_too_much_is_asked_no_more()
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.MaxPendingAcks = 3);
        for (var i = 0; i < 3; i++) _ = pair.Socket.EmitWithAckAsync<int>("a");
        var first = await ReadIdAsync(pair.Client);
        for (var i = 0; i < 2; i++) await pair.Client.ReceiveAsync();
        await Should.ThrowAsync<InvalidOperationException>(() => pair.Socket.EmitWithAckAsync<int>("a"));
        pair.Socket.PendingAcks().ShouldBe(3);
        await pair.Client.SendAsync($"43{first}[1]");
        await pair.ShouldLive();
        (await Answer(pair, pair.Socket.EmitWithAckAsync<int>("a"), "[1]")).ShouldBe(1);
    }

    [Fact]
    public async Task A_client_that_owes_too_much_does_not_keep_a_broadcast_from_the_others()
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.MaxPendingAcks = 3, time: _time);
        var others = new List<TestClient>();
        for (var i = 0; i < 5; i++) others.Add((await pair.AddAsync()).Client);
        for (var i = 0; i < 3; i++) _ = pair.Socket.EmitWithAckAsync<int>("a");
        for (var i = 0; i < 3; i++) await pair.Client.ReceiveAsync();

        var replies = pair.IO.Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<int>("all");
        await ReadIdAsync(pair.Client);
        foreach (var other in others)
        {
            await other.SendAsync($"43{await ReadIdAsync(other)}[7]", "40/nowhere,");
            // Behind the refusal, the answer has been taken in; that it is owed no more would be seen an instant before.
            await other.ShouldReceive("44/nowhere,{\"message\":\"Invalid namespace\"}");
        }

        pair.IO.Sockets.Sum(socket => socket.PendingAcks()).ShouldBe(3);
        _time.Advance(TimeSpan.FromSeconds(1));
        var timeout = await Should.ThrowAsync<AcknowledgementTimeoutException>(replies);
        timeout.Responses.ShouldBe([7, 7, 7, 7, 7]);
        foreach (var other in others) await other.DisposeAsync();
    }

    [Fact]
    public async Task Numbers_start_again_and_pass_over_nothing()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.IO.ContinueAckIds(from: 1);
        var forgotten = pair.Socket.EmitWithAckAsync<int>("a");
        var id = await ReadIdAsync(pair.Client);
        pair.IO.ContinueAckIds(from: int.MaxValue - 1);
        var ids = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            var answer = pair.Socket.EmitWithAckAsync<int>("a");
            ids.Add(await ReadIdAsync(pair.Client));
            await pair.Client.SendAsync($"43{ids[^1]}[{i}]");
            (await answer.Within("the answer")).ShouldBe(i);
        }

        ids.ShouldBe([int.MaxValue - 1, int.MaxValue, 1, 2]);
        // The first one of all still waited under a number that was given again.
        ids.ShouldContain(id);
        await Should.ThrowAsync<InvalidOperationException>(forgotten);
    }

    [Fact]
    public async Task A_flood_of_answers_nobody_waits_for_costs_nothing()
    {
        await using var app = await StorkApp.StartAsync();
        await using var client = await StalledClient.OpenAsync(app);
        var id = await client.JoinAsync();
        app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        for (var i = 0; i < 20; i++) await client.SendAsync([.. Enumerable.Range(i * 5_000, 5_000).Select(n => $"43{n}[{n}]")]);
        socket!.On("last", () => true);
        await client.SendAsync("421[\"last\"]");
        await client.ShouldReceive("431[true]");
        socket.PendingAcks().ShouldBe(0);
    }

    private static async Task<int> ReadIdAsync(TestClient client)
    {
        var packet = await client.ReceiveAsync();
        packet.ShouldStartWith("42");
        return int.Parse(packet[2..packet.IndexOf('[', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<T> Answer<T>(Pair pair, Task<T> asked, string answer, string? expected = null)
    {
        var packet = await pair.Client.ReceiveAsync();
        var arguments = packet.IndexOf('[', StringComparison.Ordinal);
        if (expected is not null) packet[arguments..].ShouldBe(expected);
        await pair.Client.SendAsync($"43{packet[2..arguments]}{answer}");
        return await asked.Within("the answer");
    }

    [JsonConverter(typeof(Converter))]
    public sealed class Difficult
    {
        private sealed class Converter : JsonConverter<Difficult>
        {
            public override Difficult Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
                throw new ArithmeticException();

            public override void Write(Utf8JsonWriter writer, Difficult value, JsonSerializerOptions options) =>
                throw new NotSupportedException();
        }
    }
}
