using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.DependencyInjection;

namespace Stork.Tests.SocketIO.Events;

public sealed class FailedHandlerTests
{
    private const string Failed =
        "[{\"status\":\"error\",\"code\":\"handler_failed\",\"message\":\"The server could not handle the event.\"}]";

    public static TheoryData<string> Kinds => [.. Handlers.Keys];

    private static readonly Dictionary<string, Func<Socket, Delegate>> Handlers = new()
    {
        ["throws at once"] = _ => new Func<Task>(() => throw new InvalidOperationException("secret")),
        ["throws from an action"] = _ => new Action(() => throw new InvalidOperationException("secret")),
        ["throws from a function"] = _ => new Func<int>(() => throw new InvalidOperationException("secret")),
        ["throws after a wait"] = _ => async () =>
        {
            await Task.Yield();
            throw new InvalidOperationException("secret");
        },
        ["returns a failed task"] = _ => () => Task.FromException(new InvalidOperationException("secret")),
        ["returns a failed task of"] = _ => () => Task.FromException<int>(new InvalidOperationException("secret")),
        ["returns no task"] = _ => new Func<Task>(NoTask),
        ["is cancelled"] = _ => () => Task.FromCanceled(new CancellationToken(canceled: true)),
        ["throws a cancellation"] = _ => new Action(() => throw new OperationCanceledException("secret")),
        ["throws an aggregate"] = _ => new Action(() =>
            throw new AggregateException(new InvalidOperationException("a"), new IOException("b"))),
        ["throws what the transport throws"] = _ => new Action(() => throw new IOException("secret")),
        ["throws what protocols throw"] = _ => new Action(() => throw new Protocol.ProtocolException(Protocol.ProtocolError.TooLarge)),
        ["returns what cannot be written"] = _ => new Func<Unwritable>(() => new Unwritable()),
        ["returns it later"] = _ => async () =>
        {
            await Task.Yield();
            return new Unwritable();
        },
        ["answers what cannot be written"] = _ => (Acknowledgement answer) => answer.SendAsync(new Unwritable()),
        ["emits what cannot be written"] = socket => () => socket.EmitAsync("x", new Unwritable()),
        ["emits a reserved name"] = socket => () => socket.EmitAsync("disconnect"),
        ["has a converter that throws"] = _ => new Action<Unreadable>(_ => { }),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Is_logged_and_answered_and_the_connection_lives(string kind)
    {
        await using var pair = await Pair.ConnectAsync();
        On(pair.Socket, Handlers[kind](pair.Socket));

        (await pair.AskAsync("[\"fail\",{}]")).ShouldBe(Failed);

        var entry = pair.Log.Of(20).ShouldHaveSingleItem();
        entry.Exception.ShouldNotBeNull();
        entry.Message.ShouldContain("\"fail\"");
        await pair.ShouldLive();
    }

    /// <summary>Catch-all listeners lead through other code, with one acknowledgement for all handlers.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Is_answered_just_so_behind_a_catch_all_listener(string kind)
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.OnAny(_ => { });
        On(pair.Socket, Handlers[kind](pair.Socket));
        (await pair.AskAsync("[\"fail\",{}]")).ShouldBe(Failed);
        pair.Log.Of(20).Count().ShouldBe(1);
        await pair.ShouldLive();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Is_not_answered_if_the_policy_withholds_it(string kind)
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.FailedHandlerPolicy = FailedHandlerPolicy.Withhold);
        On(pair.Socket, Handlers[kind](pair.Socket));
        await pair.Client.SendAsync("421[\"fail\",{}]");
        await pair.ShouldLive();
        pair.Log.Of(20).Count().ShouldBe(1);
    }

    [Theory]
    [InlineData(FailedHandlerPolicy.AnswerError)]
    [InlineData(FailedHandlerPolicy.Withhold)]
    public async Task Answers_an_error_of_its_choice_under_either_policy(FailedHandlerPolicy policy)
    {
        await using var pair = await Pair.ConnectAsync(options: options => options.FailedHandlerPolicy = policy);
        pair.Socket.On("a", () => throw new AcknowledgementException("sold_out", "Nothing left."));
        pair.Socket.On("b", async (Acknowledgement _) =>
        {
            await Task.Yield();
            throw new AcknowledgementException("late", "Too late.");
        });
        (await pair.AskAsync("[\"a\"]")).ShouldBe("[{\"status\":\"error\",\"code\":\"sold_out\",\"message\":\"Nothing left.\"}]");
        (await pair.AskAsync("[\"b\"]")).ShouldBe("[{\"status\":\"error\",\"code\":\"late\",\"message\":\"Too late.\"}]");
        pair.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Says_nothing_to_a_client_that_did_not_ask()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("fail", () => throw new InvalidOperationException());
        await pair.Client.SendAsync("42[\"fail\"]");
        await pair.ShouldLive();
        pair.Log.Of(20).Count().ShouldBe(1);
    }

    [Fact]
    public async Task Does_not_answer_again_what_the_handler_had_answered()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("fail", async (Acknowledgement answer) =>
        {
            await answer.SendAsync("done");
            throw new InvalidOperationException();
        });
        (await pair.AskAsync("[\"fail\"]")).ShouldBe("[\"done\"]");
        await pair.ShouldLive();
    }

    [Fact]
    public async Task A_socket_middleware_that_throws_keeps_the_event_from_its_handlers()
    {
        await using var pair = await Pair.ConnectAsync();
        var calls = 0;
        pair.Socket.On("a", () => ++calls);
        pair.Socket.Use(happened => happened.Arguments.Count == 0
            ? ValueTask.CompletedTask
            : throw new AcknowledgementException("refused", "No arguments, please."));
        (await pair.AskAsync("[\"a\",1]")).ShouldBe("[{\"status\":\"error\",\"code\":\"refused\",\"message\":\"No arguments, please.\"}]");
        calls.ShouldBe(0);
        (await pair.AskAsync("[\"a\"]")).ShouldBe("[1]");
    }

    [Fact]
    public async Task Catch_all_listeners_that_throw_are_logged_and_change_nothing()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.OnAny(_ => throw new InvalidOperationException("in"));
        pair.Socket.OnAnyOutgoing(_ => throw new InvalidOperationException("out"));
        pair.Socket.On("a", () => pair.Socket.EmitAsync("b"));
        await pair.Client.SendAsync("421[\"a\"]");
        await pair.Client.ShouldReceive("42[\"b\"]", "431[]");
        pair.Log.Of(23).Select(entry => entry.Exception!.Message).ShouldBe(["in", "out"]);
    }

    [Fact]
    public async Task Disconnect_handlers_that_throw_are_logged_and_the_others_called()
    {
        await using var pair = await Pair.ConnectAsync();
        var called = new TaskCompletionSource();
        pair.Socket.OnDisconnecting(new Action<DisconnectReason>(_ => throw new InvalidOperationException("1")));
        pair.Socket.OnDisconnect(async _ =>
        {
            await Task.Yield();
            throw new AggregateException(new IOException("2"));
        });
        pair.Socket.OnDisconnect(_ => called.SetResult());
        await pair.Client.DisposeAsync();
        await called.Task.Within("the last disconnect handler");
        pair.Log.Of(22).Count().ShouldBe(2);
        await pair.App.UntilConnections(0);
    }

    [Fact]
    public async Task Callbacks_of_the_token_that_throw_do_not_end_the_process()
    {
        await using var pair = await Pair.ConnectAsync();
        using var registration = pair.Socket.Disconnected.Register(() => throw new InvalidOperationException("mine"));
        await pair.Client.DisposeAsync();
        var entry = await pair.Log.WaitForAsync(22);
        entry.Exception.ShouldBeOfType<AggregateException>().InnerException!.Message.ShouldBe("mine");
    }

    [Fact]
    public async Task Connection_handlers_that_throw_leave_the_socket_connected()
    {
        await using var app = await StorkApp.StartAsync();
        app.IO.OnConnection(new Action<Socket>(_ => throw new InvalidOperationException("1")));
        app.IO.OnConnection(async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("2");
        });
        app.IO.OnConnection(socket => socket.On("a", () => 1));
        await using var client = await Clients.WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        await client.SendAsync("421[\"a\"]");
        await client.ShouldReceive("431[1]");
        app.Log.Of(14).Select(entry => entry.Exception!.Message).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task A_connection_handler_that_ends_with_its_socket_has_not_failed()
    {
        await using var app = await StorkApp.StartAsync();
        var running = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        app.IO.OnConnection(async socket =>
        {
            socket.OnDisconnect(_ => ended.SetResult());
            running.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, socket.Disconnected);
        });
        await using (var client = await Clients.WebSocketClient.OpenAsync(app))
        {
            await client.JoinAsync();
            await running.Task.Within("the connection handler");
        }

        await ended.Task.Within("the disconnect handler");
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Services_of_a_failed_event_are_disposed_even_if_only_asynchronously_and_badly()
    {
        await using var pair = await Pair.ConnectAsync(services: services => services.AddScoped<DifficultService>());
        var made = new List<DifficultService>();
        pair.Socket.On("fail", (IServiceProvider services) =>
        {
            made.Add(services.GetRequiredService<DifficultService>());
            throw new InvalidOperationException("the handler");
        });
        (await pair.AskAsync("[\"fail\"]")).ShouldBe(Failed);
        await pair.ShouldLive();
        made.ShouldHaveSingleItem().IsDisposed.ShouldBeTrue();
        pair.Log.Of(20).Select(entry => entry.Exception!.Message).ShouldBe(["the handler", "the service"]);
    }

#pragma warning disable VSTHRD114 // What applications do all the same.
    private static Task NoTask() => null!;
#pragma warning restore VSTHRD114

    private static void On(Socket socket, Delegate handler) => _ = handler switch
    {
        Action action => socket.On("fail", action),
        Func<int> function => socket.On("fail", function),
        Func<Unwritable> function => socket.On("fail", function),
        Func<Task<int>> function => socket.On("fail", function),
        Func<Task<Unwritable>> function => socket.On("fail", function),
        Func<Task> function => socket.On("fail", function),
        Func<ValueTask> function => socket.On("fail", function),
        Func<Acknowledgement, ValueTask> function => socket.On("fail", function),
        Action<Unreadable> action => socket.On("fail", action),
        _ => throw new InvalidOperationException($"No overload for {handler.GetType()}."),
    };

    public sealed class Unwritable
    {
        public int Value => throw new InvalidOperationException("This has no value.");
    }

    [JsonConverter(typeof(Converter))]
    public sealed class Unreadable
    {
        private sealed class Converter : JsonConverter<Unreadable>
        {
            public override Unreadable Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
                throw new ArithmeticException("This cannot be read.");

            public override void Write(Utf8JsonWriter writer, Unreadable value, JsonSerializerOptions options) =>
                throw new NotSupportedException();
        }
    }

    private sealed class DifficultService : IAsyncDisposable
    {
        public bool IsDisposed { get; private set; }

        public async ValueTask DisposeAsync()
        {
            await Task.Yield();
            IsDisposed = true;
            throw new InvalidOperationException("the service");
        }
    }
}
