using System.Text.Json;
using Stork.Tests.Clients;
using Stork.Tests.EngineIO.WebSockets;

namespace Stork.Tests.Wire;

/// <summary>Clients that do not read, or do not poll: what is kept for them is bounded, and nobody else notices.</summary>
public sealed class SlowReaderTests
{
    private const int Limit = 256 * 1024;

    /// <summary>More than the kernels on both sides take of their own accord.</summary>
    private const int Flood = 2_500;

    private static readonly string Filling = new('x', 10_000);

    public static TheoryData<SlowReaderPolicy, SocketIOTransports> Cases
    {
        get
        {
            var cases = new TheoryData<SlowReaderPolicy, SocketIOTransports>();
            foreach (var policy in Enum.GetValues<SlowReaderPolicy>())
            {
                cases.Add(policy, SocketIOTransports.Polling);
                cases.Add(policy, SocketIOTransports.WebSocket);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_waits_for_a_client_that_does_not_read_is_bounded(SlowReaderPolicy policy, SocketIOTransports transport)
    {
        await using var app = await StartAsync(policy);
        await using var slow = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, slow);
        await using var quick = await WebSocketClient.OpenAsync(app);
        await JoinAsync(app, quick);

        for (var n = 0; n < Flood; n++)
        {
            _ = app.IO.EmitAsync("news", n, Filling);
            socket.BufferedBytes().ShouldBeLessThanOrEqualTo(2 * Limit);
            // The quick one gets every event, at its time.
            (await quick.ReceiveAsync()).ShouldStartWith($"42[\"news\",{n},");
        }

        var isDropping = policy is SlowReaderPolicy.DropNewest or SlowReaderPolicy.DropOldest;
        if (!isDropping) await Waiting.Until(() => !socket.Connected, "the slow client was disconnected");
        socket.Connected.ShouldBe(isDropping);
        if (isDropping) socket.DroppedPackets().ShouldBePositive();
        else (await app.Log.WaitForAsync(2)).Message.ShouldContain("transport error. The client reads too slowly");
    }

    [Theory]
    [InlineData(SlowReaderPolicy.DropNewest, SocketIOTransports.Polling)]
    [InlineData(SlowReaderPolicy.DropNewest, SocketIOTransports.WebSocket)]
    [InlineData(SlowReaderPolicy.DropOldest, SocketIOTransports.Polling)]
    [InlineData(SlowReaderPolicy.DropOldest, SocketIOTransports.WebSocket)]
    public async Task Events_are_dropped_at_the_named_end_and_acknowledgements_never(SlowReaderPolicy policy, SocketIOTransports transport)
    {
        await using var app = await StartAsync(policy);
        await using var slow = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, slow);
        socket.On("ask", (int n) => n);
        for (var n = 0; n < Flood; n++)
        {
            await socket.EmitAsync("news", n, Filling);
            if (n % 50 == 0) await slow.SendAsync($"42{n}[\"ask\",{n}]");
        }

        // The last one asks for the end of the reading.
        socket.On("last", () => "last");
        await slow.SendAsync("429999[\"last\"]");
        var events = new List<int>();
        var acknowledged = new List<int>();
        while (await slow.ReceiveAsync() is var packet && packet != "439999[\"last\"]")
        {
            using var json = JsonDocument.Parse(packet[packet.IndexOf('[', StringComparison.Ordinal)..]);
            if (packet.StartsWith("42", StringComparison.Ordinal)) events.Add(json.RootElement[1].GetInt32());
            else acknowledged.Add(json.RootElement[0].GetInt32());
        }

        acknowledged.ShouldBe(Enumerable.Range(0, Flood).Where(n => n % 50 == 0));
        events.Count.ShouldBeLessThan(Flood);
        events.ShouldBe(events.Order());
        if (policy == SlowReaderPolicy.DropOldest) events[^1].ShouldBe(Flood - 1);
        else events.Take(10).ShouldBe(Enumerable.Range(0, 10));
        socket.DroppedPackets().ShouldBe(Flood - events.Count);
        socket.Connected.ShouldBeTrue();
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task Wait_slows_an_awaiting_emitter_down_and_loses_nothing(SocketIOTransports transport)
    {
        await using var app = await StartAsync(SlowReaderPolicy.Wait);
        await using var slow = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, slow);
        var waited = new TaskCompletionSource();
        var emitting = Task.Run(async () =>
        {
            for (var n = 0; n < Flood; n++)
            {
                var emitted = socket.EmitAsync("news", n, Filling);
                if (!emitted.IsCompleted)
                {
                    socket.BufferedBytes().ShouldBeLessThanOrEqualTo(2 * Limit);
                    waited.TrySetResult();
                }

                await emitted;
            }
        });
        await waited.Task.Within("the emitter to be slowed down");
        for (var n = 0; n < Flood; n++) (await slow.ReceiveAsync()).ShouldStartWith($"42[\"news\",{n},");
        await emitting.Within("the last emit");
        socket.DroppedPackets().ShouldBe(0);
        socket.Connected.ShouldBeTrue();
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task Whoever_waits_is_released_when_the_client_goes(SocketIOTransports transport)
    {
        await using var app = await StartAsync(SlowReaderPolicy.Wait);
        await using var slow = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, slow);
        ValueTask emitted;
        do emitted = socket.EmitAsync("news", Filling);
        while (emitted.IsCompleted);
        await socket.DisconnectAsync(close: true);
        await emitted.Within("the emitter to be released");
    }

    [Fact]
    public async Task What_one_handler_writes_in_one_go_is_bounded_too()
    {
        await using var app = await StartAsync(SlowReaderPolicy.Disconnect);
        await using var slow = await StalledClient.OpenAsync(app);
        var socket = await JoinAsync(app, slow);
        var accepted = 0;
        var done = new TaskCompletionSource();
        socket.On("history", () =>
        {
            // Nothing is awaited: it is one turn of the reading thread.
            for (var n = 0; n < Flood && socket.BufferedBytes() < Limit - 20_000; n++)
            {
                _ = socket.EmitAsync("old", Filling);
                accepted++;
            }

            done.SetResult();
        });
        await slow.SendAsync("42[\"history\"]");
        await done.Task.Within("the handler");
        // So much went to the kernels, and the rest was seen to wait: nothing hides in between.
        accepted.ShouldBeLessThan(Flood);
    }

    [Fact]
    public async Task Pings_of_a_client_that_does_not_read_the_pongs_fill_nothing()
    {
        await using var app = await StartAsync(SlowReaderPolicy.Disconnect);
        await using var slow = await StalledClient.OpenAsync(app);
        var socket = await JoinAsync(app, slow);
        await Waiting.Until(
            () =>
            {
                _ = socket.Volatile.EmitAsync("news", Filling);
                return !IsReady(socket);
            },
            "the transport was full");
        var ping = ClientFrame.Of(Stork.Wire.WebSocketOpcode.Ping, new byte[125]);
        for (var i = 0; i < 100; i++) await slow.SendBytesAsync(ClientFrame.Concat(Enumerable.Repeat(ping, 100)));
        socket.BufferedBytes().ShouldBe(0);
        socket.Connected.ShouldBeTrue();
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task Volatile_events_are_only_sent_if_they_can_leave_now(SocketIOTransports transport)
    {
        await using var app = await StartAsync(SlowReaderPolicy.Disconnect);
        await using var slow = await OpenAsync(app, transport);
        var socket = await JoinAsync(app, slow);
        for (var n = 0; n < Flood; n++) await socket.Volatile.EmitAsync("position", n, Filling);
        socket.BufferedBytes().ShouldBe(0);
        socket.DroppedPackets().ShouldBe(0);
        socket.Connected.ShouldBeTrue();
        // On what was lost nothing depends: the next ordinary event comes behind whatever had left.
        var reading = Task.Run(async () =>
        {
            var (count, last) = (0, -1);
            while (await slow.ReceiveAsync() is var packet && !packet.StartsWith("42[\"end\"", StringComparison.Ordinal))
            {
                var n = JsonDocument.Parse(packet[2..]).RootElement[1].GetInt32();
                n.ShouldBeGreaterThan(last);
                last = n;
                count++;
            }

            return count;
        });
        await socket.EmitAsync("end");
        (await reading.Within("the end")).ShouldBeLessThan(Flood, "not all of them could leave");
    }

    [Fact]
    public async Task Disconnecting_waits_for_what_was_accepted_although_the_client_goes_on_sending()
    {
        await using var app = await StartAsync(SlowReaderPolicy.Disconnect);
        await using var slow = await StalledClient.OpenAsync(app);
        var socket = await JoinAsync(app, slow);
        var sent = 0;
        while (socket.BufferedBytes() < Limit / 2)
        {
            await socket.EmitAsync("news", sent, Filling);
            sent++;
        }

        await socket.DisconnectAsync(close: true);
        await slow.SendAsync("42[\"more\"]", "3", "42[\"more\"]");
        for (var n = 0; n < sent; n++) (await slow.ReceiveAsync()).ShouldStartWith($"42[\"news\",{n},");
        (await slow.ReceiveRestAsync()).ShouldBe(["41"]);
    }

    private static bool IsReady(Socket socket) => socket.Connection().IsReady();

    private static async Task<TestClient> OpenAsync(StorkApp app, SocketIOTransports transport) =>
        transport == SocketIOTransports.Polling ? await PollingClient.OpenAsync(app) : await StalledClient.OpenAsync(app);

    private static async Task<Socket> JoinAsync(StorkApp app, TestClient client)
    {
        var id = await client.JoinAsync();
        app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        return socket!;
    }

    private static Task<StorkApp> StartAsync(SlowReaderPolicy policy) => StorkApp.StartAsync(options =>
    {
        options.SlowReaderPolicy = policy;
        options.MaxOutputBufferSize = Limit;
    });
}
