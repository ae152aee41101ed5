using Stork.Tests.Timing;

namespace Stork.Tests.Wire;

/// <summary>A volatile event is dropped unless everything before it has left, as the original's own tests have it.</summary>
public sealed class VolatileTests
{
    private readonly ManualTime _time = new();

    public static TheoryData<SocketIOTransports> Transports => [SocketIOTransports.Polling, SocketIOTransports.WebSocket];

    [Theory]
    [MemberData(nameof(Transports))]
    public Task Is_dropped_behind_a_regular_event(SocketIOTransports transport) => ShouldSeeAsync(
        transport,
        async socket =>
        {
            await socket.EmitAsync("n", 1);
            await socket.Volatile.EmitAsync("n", 2);
        },
        1);

    [Theory]
    [MemberData(nameof(Transports))]
    public Task Is_sent_when_nothing_is_on_its_way(SocketIOTransports transport) => ShouldSeeAsync(
        transport,
        async socket => await socket.Volatile.EmitAsync("n", 1),
        1);

    [Theory]
    [MemberData(nameof(Transports))]
    public Task Only_one_of_several_at_once_is_sent(SocketIOTransports transport) => ShouldSeeAsync(
        transport,
        async socket =>
        {
            await socket.Volatile.EmitAsync("n", 1);
            await socket.Volatile.EmitAsync("n", 2);
            await socket.Server.Volatile.EmitAsync("n", 3);
        },
        1);

    [Theory]
    [MemberData(nameof(Transports))]
    public Task Only_one_of_several_with_binary_data_is_sent(SocketIOTransports transport) => ShouldSeeAsync(
        transport,
        async socket =>
        {
            await socket.Volatile.EmitAsync("n", 1, new byte[] { 1 });
            await socket.Volatile.EmitAsync("n", 2, new byte[] { 2 });
        },
        1);

    [Theory]
    [MemberData(nameof(Transports))]
    public Task Regular_events_are_sent_behind_a_dropped_one(SocketIOTransports transport) => ShouldSeeAsync(
        transport,
        async socket =>
        {
            await socket.EmitAsync("n", 1);
            await socket.Volatile.EmitAsync("n", 2);
            await socket.EmitAsync("n", 3);
        },
        1,
        3);

    [Theory]
    [MemberData(nameof(Transports))]
    public Task Broadcasts_follow_the_same_rule(SocketIOTransports transport) => ShouldSeeAsync(
        transport,
        async socket =>
        {
            await socket.Server.EmitAsync("n", 1);
            await socket.Server.Volatile.EmitAsync("n", 2);
        },
        1);

    [Fact]
    public async Task Outside_of_handlers_one_a_millisecond_is_sent()
    {
        await using var pair = await Pair.ConnectAsync(time: _time);
        foreach (var n in new[] { 1, 2 }) await pair.Socket.Volatile.EmitAsync("n", n);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        foreach (var n in new[] { 3, 4 }) await pair.IO.Volatile.EmitAsync("n", n);
        await pair.IO.EmitAsync("n", 5);
        await pair.Client.ShouldReceive("42[\"n\",1]", "42[\"n\",3]", "42[\"n\",5]");
    }

    [Fact]
    public async Task Outside_of_handlers_a_regular_event_has_left_at_once()
    {
        await using var pair = await Pair.ConnectAsync(time: _time);
        await pair.Socket.EmitAsync("n", 1);
        await pair.Socket.Volatile.EmitAsync("n", 2);
        await pair.Client.ShouldReceive("42[\"n\",1]", "42[\"n\",2]");
    }

    /// <summary>The emits are a handler's, as the original's tests run in one, and a poll waits meanwhile.</summary>
    private async Task ShouldSeeAsync(SocketIOTransports transport, Func<Socket, ValueTask> emit, params int[] expected)
    {
        await using var pair = await Pair.ConnectAsync(time: _time, transport: transport);
        pair.Socket.On("go", () => emit(pair.Socket));
        var seen = new List<int>();
        var reading = ReadAsync(pair, seen);
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the client was listening");
        await pair.Client.SendAsync("42[\"go\"]");
        await Waiting.Until(() => seen.Count >= expected.Length, "the events came");
        await Waiting.Until(() => pair.Socket.Connection().IsReady(), "the client was listening again");
        await pair.Socket.EmitAsync("end");
        await reading;
        seen.ShouldBe(expected);
    }

    private static async Task ReadAsync(Pair pair, List<int> seen)
    {
        while (await pair.Client.ReceiveAsync() is var packet && packet != "42[\"end\"]")
        {
            var at = packet.IndexOf("\"n\",", StringComparison.Ordinal);
            if (at >= 0) seen.Add(packet[at + 4] - '0');
        }
    }
}
