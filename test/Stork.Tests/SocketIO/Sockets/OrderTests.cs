using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>What comes before what: the order rules of the original, and those of handlers that wait.</summary>
public sealed class OrderTests
{
    private readonly ConcurrentQueue<string> _happened = new();

    [Fact]
    public async Task Middlewares_run_in_their_order_before_the_connection_handlers()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(async socket =>
        {
            socket.Connected.ShouldBeFalse();
            await Task.Yield();
            _happened.Enqueue("first middleware");
        });
        app.IO.Use(_ =>
        {
            _happened.Enqueue("second middleware");
            return ValueTask.CompletedTask;
        });
        app.IO.OnConnection(async socket =>
        {
            socket.Connected.ShouldBeTrue();
            _happened.Enqueue("first handler");
            await Task.Yield();
            _happened.Enqueue("first handler done");
        });
        app.IO.OnConnection(socket => socket.On("a", () =>
        {
            _happened.Enqueue("event");
        }));
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        await client.SendAsync("421[\"a\"]");
        await client.ShouldReceive("431[]");
        _happened.ShouldBe(["first middleware", "second middleware", "first handler", "first handler done", "event"]);
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_that_waited_has_the_context_of_its_request_as_one_handled_at_once()
    {
        var context = new AsyncLocal<string>();
        var (begun, goOn) = (new TaskCompletionSource(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await using var pair = await Pair.ConnectAsync(pipeline: web =>
        {
            web.Use((_, next) =>
            {
                context.Value = "request";
                return next();
            });
            return web.MapSocketIO();
        });
        pair.Socket.On("wait", () =>
        {
            begun.SetResult();
            return goOn.Task;
        });
        pair.Socket.On("tell", () => context.Value);
        (await pair.AskAsync("[\"tell\"]")).ShouldBe("[\"request\"]");
        await pair.Client.SendAsync("422[\"wait\"]", "423[\"tell\"]", "424[\"tell\"]", "40/nowhere,");
        await begun.Task.Within("the handler that waits");
        await pair.Client.ShouldReceive("44/nowhere,{\"message\":\"Invalid namespace\"}");
        // From a context of its own, which is nobody's.
        using (ExecutionContext.SuppressFlow()) goOn.SetResult();
        await pair.Client.ShouldReceive("432[]", "433[\"request\"]", "434[\"request\"]");
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task The_answer_to_connect_comes_before_anything_a_handler_sends(SocketIOTransports transport)
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.Use(socket => socket.EmitAsync("too early"));
        app.IO.OnConnection(async socket =>
        {
            await socket.EmitAsync("hello");
            await app.IO.EmitAsync("to all");
        });
        await using var client = await TestClient.OpenAsync(app, transport);
        await client.JoinAsync();
        await client.ShouldReceive("42[\"hello\"]", "42[\"to all\"]");
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task Events_wait_for_a_connection_handler_that_waits_itself(SocketIOTransports transport)
    {
        await using var app = await StorkApp.StartAsync();
        var release = new TaskCompletionSource();
        app.IO.OnConnection(async socket =>
        {
            await release.Task;
            socket.On("n", (int n) => n);
        });
        await using var client = await TestClient.OpenAsync(app, transport);
        await client.JoinAsync();
        await client.SendAsync([.. Enumerable.Range(0, 50).Select(n => $"42{n}[\"n\",{n}]")]);
        release.SetResult();
        await client.ShouldReceive([.. Enumerable.Range(0, 50).Select(n => $"43{n}[{n}]")]);
    }

    [Fact]
    public async Task Events_sent_on_the_heels_of_the_answer_to_connect_are_not_lost()
    {
        await using var app = await StorkApp.StartAsync();
        // The middleware moves the answer to another thread than the one that reads.
        app.IO.Use(async _ => await Task.Yield());
        app.IO.OnConnection(socket => socket.On("a", () => 1));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            await using var client = await WebSocketClient.OpenAsync(app);
            await client.JoinAsync();
            await client.SendAsync("420[\"a\"]");
            await client.ShouldReceive("430[1]");
        }));
    }

    [Fact]
    public async Task Held_events_are_handled_although_the_client_has_left()
    {
        await using var app = await StorkApp.StartAsync();
        var release = new TaskCompletionSource();
        var left = new TaskCompletionSource<DisconnectReason>();
        app.IO.OnConnection(async socket =>
        {
            await release.Task;
            socket.On("n", (int n) => _happened.Enqueue($"{n}"));
            socket.OnDisconnect(left.SetResult);
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        await client.SendAsync("42[\"n\",1]", "42[\"n\",2]", "41");
        await app.Log.WaitForAsync(11);
        release.SetResult();
        (await left.Task.Within("the disconnect handler")).ShouldBe(DisconnectReason.ClientNamespaceDisconnect);
        _happened.ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Events_are_handled_one_after_the_other_even_if_their_handlers_wait()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("n", async (int n) =>
        {
            _happened.Enqueue($"begin {n}");
            await Task.Yield();
            for (var i = 0; i < n % 3; i++) await Task.Yield();
            _happened.Enqueue($"end {n}");
        });
        pair.Socket.On("sync", (int n) => _happened.Enqueue($"sync {n}"));
        await pair.Client.SendAsync([.. Enumerable.Range(0, 100).SelectMany(n => new[] { $"42[\"n\",{n}]", $"42[\"sync\",{n}]" })]);
        await pair.ShouldLive();
        _happened.ShouldBe(Enumerable.Range(0, 100).SelectMany(n => new[] { $"begin {n}", $"end {n}", $"sync {n}" }));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Overlapping_handlers_start_in_order_and_never_exceed_their_number(int most)
    {
        await using var app = await StorkApp.StartAsync(options => options.MaxConcurrentHandlers = most);
        int running = 0, peak = 0;
        app.IO.OnConnection(socket => socket.On("n", async (int n) =>
        {
            _happened.Enqueue($"{n}");
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref peak, now);
            // Some go on at once, most on other threads: the next start comes from everywhere.
            for (var i = 0; i < n % 4; i++) await Task.Yield();
            Interlocked.Decrement(ref running);
        }));
        await using var client = await StalledClient.OpenAsync(app);
        await client.JoinAsync();
        for (var batch = 0; batch < 20; batch++)
            await client.SendAsync([.. Enumerable.Range(batch * 100, 100).Select(n => $"42[\"n\",{n}]")]);
        await Waiting.Until(() => _happened.Count == 2_000, "all events were handled");
        _happened.ShouldBe(Enumerable.Range(0, 2_000).Select(n => $"{n}"));
        peak.ShouldBeInRange(2, most);
    }

    [Fact]
    public async Task Disconnect_handlers_come_last_and_disconnecting_before_disconnect()
    {
        await using var pair = await Pair.ConnectAsync();
        var release = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        await pair.Socket.JoinAsync("lobby");
        pair.Socket.On("slow", async () =>
        {
            await release.Task;
            _happened.Enqueue("slow");
        });
        pair.Socket.On("next", () => _happened.Enqueue("next"));
        pair.Socket.OnDisconnecting(reason =>
        {
            var rooms = string.Join(' ', pair.Socket.Rooms.Skip(1));
            _happened.Enqueue($"disconnecting {reason} {pair.Socket.Connected} {rooms}");
        });
        pair.Socket.OnDisconnect(reason =>
        {
            _happened.Enqueue($"disconnect {reason} {string.Join(' ', pair.Socket.Rooms.Skip(1))}");
            left.SetResult();
        });
        await pair.Client.SendAsync("42[\"slow\"]", "42[\"next\"]", "41");
        await pair.Log.WaitForAsync(11);
        pair.IO.MainNamespace.Adapter.GetRooms().ShouldBeEmpty();
        _happened.ShouldBeEmpty();
        release.SetResult();
        await left.Task.Within("the disconnect handler");
        _happened.ShouldBe(
            ["slow", "next", "disconnecting ClientNamespaceDisconnect False lobby", "disconnect ClientNamespaceDisconnect lobby"]);
    }

    [Fact]
    public async Task Joining_after_the_disconnect_does_nothing()
    {
        await using var pair = await Pair.ConnectAsync();
        var joined = new TaskCompletionSource();
        pair.Socket.OnDisconnect(async _ =>
        {
            await pair.Socket.JoinAsync("late");
            joined.SetResult();
        });
        await pair.Client.DisposeAsync();
        await joined.Task.Within("the disconnect handler");
        pair.IO.MainNamespace.Adapter.GetRooms().ShouldBeEmpty();
        pair.Socket.Rooms.ShouldBe([pair.Socket.Id]);
    }

    [Fact]
    public async Task Middlewares_of_a_socket_run_after_the_catch_all_listeners()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.Use(async happened =>
        {
            await Task.Yield();
            _happened.Enqueue($"use 1 {happened.Name}");
        });
        pair.Socket.Use(_ =>
        {
            _happened.Enqueue("use 2");
            return ValueTask.CompletedTask;
        });
        pair.Socket.OnAny(happened => _happened.Enqueue($"any 2 {happened.Arguments.Get<int>(0)}"));
        pair.Socket.PrependAny(_ => _happened.Enqueue("any 1"));
        pair.Socket.On("a", (int n) =>
        {
            _happened.Enqueue($"handler {n}");
        });
        (await pair.AskAsync("[\"a\",5]")).ShouldBe("[]");
        _happened.ShouldBe(["any 1", "any 2 5", "use 1 a", "use 2", "handler 5"]);
    }

    [Fact]
    public async Task Catch_all_listeners_hear_of_events_without_handlers_and_can_be_taken_away()
    {
        await using var pair = await Pair.ConnectAsync();
        Action<SocketEvent> one = happened => _happened.Enqueue($"one {happened.Name}");
        Action<SocketEvent> two = happened => _happened.Enqueue($"two {happened.Name}");
        pair.Socket.OnAny(one).OnAny(two);
        pair.Socket.ListenersAny.ShouldBe([one, two]);
        await pair.Client.SendAsync("42[\"nobody\"]");
        await pair.ShouldLive();
        pair.Socket.OffAny(one);
        await pair.ShouldLive();
        pair.Socket.OffAny();
        pair.Socket.ListenersAny.ShouldBeEmpty();
        await pair.ShouldLive();
        _happened.ShouldBe(["one nobody", "two nobody", "one still there?", "two still there?", "two still there?"]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_handler_for_once_is_called_once(int concurrent)
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.MaxConcurrentHandlers = concurrent);
        var calls = 0;
        pair.Socket.On("a", async () =>
        {
            Interlocked.Increment(ref calls);
            await Task.Yield();
        }, once: true);
        await pair.Client.SendAsync("42[\"a\"]", "42[\"a\"]", "42[\"a\"]");
        await pair.ShouldLive();
        calls.ShouldBe(1);
    }

    [Fact]
    public async Task Handlers_can_be_taken_away_and_put_back_while_events_come()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("a", () => "first");
        (await pair.AskAsync("[\"a\"]")).ShouldBe("[\"first\"]");
        pair.Socket.Off("a").Off("never there");
        await pair.Client.SendAsync("421[\"a\"]");
        await pair.ShouldLive();
        pair.Socket.On("a", () => "second");
        (await pair.AskAsync("[\"a\"]")).ShouldBe("[\"second\"]");
    }

    [Fact]
    public async Task One_of_several_handlers_can_be_taken_away()
    {
        await using var pair = await Pair.ConnectAsync();
        Func<string> first = () => "first", second = () => "second";
        pair.Socket.On("a", first).On("a", second).On("b", first);
        pair.Socket.Off("a", first).Off("a", () => "never there").Off("c", first);
        (await pair.AskAsync("[\"a\"]")).ShouldBe("[\"second\"]");
        (await pair.AskAsync("[\"b\"]")).ShouldBe("[\"first\"]");
        // Methods are equal as the same delegate is.
        pair.Socket.On("d", Answer).On("d", second).Off("d", Answer);
        (await pair.AskAsync("[\"d\"]")).ShouldBe("[\"second\"]");

        static string Answer() => "answer";
    }

    [Fact]
    public async Task Listeners_of_outgoing_events_see_emits_and_broadcasts_as_the_client_will()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.OnAnyOutgoing(happened =>
        {
            var bytes = Convert.ToHexString(happened.Arguments.Get<byte[]>(0) ?? []);
            _happened.Enqueue($"{happened.Name} {happened.Arguments.Count} {bytes} {happened.Acknowledgement is null}");
        });
        pair.Socket.On("ask", () => 1);
        await pair.Socket.EmitAsync("one", new byte[] { 1, 2 });
        await pair.IO.EmitAsync("two");
        (await pair.AskReceiveAsync("421[\"ask\"]", skip: 3)).ShouldBe("431[1]");
        _happened.ShouldBe(["one 1 0102 True", "two 0  True"]);
    }

    [Theory]
    [InlineData("connect")]
    [InlineData("connect_error")]
    [InlineData("disconnect")]
    [InlineData("disconnecting")]
    [InlineData("newListener")]
    [InlineData("removeListener")]
    public async Task Reserved_names_are_neither_sent_nor_listened_to(string name)
    {
        await using var pair = await Pair.ConnectAsync();
        Should.Throw<ArgumentException>(() => pair.Socket.On(name, () => { }));
        await Should.ThrowAsync<ArgumentException>(async () => await pair.Socket.EmitAsync(name));
        await Should.ThrowAsync<ArgumentException>(async () => await pair.IO.To("x").EmitAsync(name, 1));
        await Should.ThrowAsync<ArgumentException>(async () => await pair.Socket.EmitWithAckAsync<int>(name));
        await pair.ShouldLive();
        await pair.Client.SendAsync($"42[\"{name}\"]");
        (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
        pair.Log.Of(6).Count().ShouldBe(1);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = target; value > seen; seen = target)
        {
            if (Interlocked.CompareExchange(ref target, value, seen) == seen) return;
        }
    }
}
