using System.Text.Json;
using System.Text.Json.Serialization;
using Stork.EventLoops;
using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.EventLoops;

/// <summary>Code of the application that blocks the thread of the only event loop.</summary>
public sealed class BlockedLoopTests : IDisposable
{
    private readonly ManualResetEventSlim _release = new();
    private int _blocked;

    public void Dispose()
    {
        _release.Set();
        _release.Dispose();
    }

    [Theory]
    [InlineData("handler")]
    [InlineData("connection handler")]
    [InlineData("namespace middleware")]
    [InlineData("socket middleware")]
    public async Task It_holds_up_no_other_connection(string where)
    {
        await using var app = await StartAsync();
        app.IO.OnConnection(socket => socket.On("ping", () => true));
        var slow = app.IO.Of("/slow");
        if (where == "namespace middleware") slow.Use(_ => Block());
        slow.OnConnection(socket =>
        {
            if (where == "socket middleware") socket.Use(_ => Block());
            socket.On("work", () => where == "handler" ? Block() : default);
            return where == "connection handler" ? Block().AsTask() : Task.CompletedTask;
        });
        await using var other = await WebSocketClient.OpenAsync(app);
        await other.JoinAsync();
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40/slow,");
        if (where is "handler" or "socket middleware")
        {
            await client.ReceiveUntilAsync("40/slow,");
            await client.SendAsync("42/slow,1[\"work\"]");
        }

        await UntilBlocked(1);
        await other.SendAsync("421[\"ping\"]");
        await other.ShouldReceive("431[true]");
        await using var late = await WebSocketClient.OpenAsync(app);
        await late.JoinAsync();
        _release.Set();
        await client.ReceiveUntilAsync(where is "handler" or "socket middleware" ? "43/slow,1" : "40/slow,");
        await UntilNoneIsLeft(app);
    }

    [Fact]
    public async Task Many_more_than_may_get_lost_hold_up_nobody()
    {
        const int count = 3 * EventLoopGroup.MaxBlockedThreads;
        await using var app = await StartAsync();
        app.IO.OnConnection(socket =>
        {
            socket.On("ping", () => true);
            socket.On("work", () => Block());
        });
        await using var other = await WebSocketClient.OpenAsync(app);
        await other.JoinAsync();
        var clients = new List<WebSocketClient>();
        for (var i = 0; i < count; i++)
        {
            clients.Add(await WebSocketClient.OpenAsync(app));
            await clients[i].JoinAsync();
            await clients[i].SendAsync("421[\"work\"]");
            await UntilBlocked(i + 1);
        }

        await other.SendAsync("421[\"ping\"]");
        await other.ShouldReceive("431[true]");
        _release.Set();
        foreach (var client in clients)
        {
            await client.ReceiveUntilAsync("431[]");
            await client.DisposeAsync();
        }

        await UntilNoneIsLeft(app);
        app.Log.Of(121).Count().ShouldBeLessThan(count, "from some number on, the thread pool has them");
    }

    [Fact]
    public async Task Acknowledgements_stay_with_the_loop_while_events_of_their_connection_go_to_the_pool()
    {
        // The clock stands, so that it lasts.
        await using var app = await StartAsync(new ManualTime());
        var sockets = new TaskCompletionSource<Socket>();
        app.IO.OnConnection(socket =>
        {
            socket.On("work", () => Block());
            socket.On("where", () => IsOnLoop());
            sockets.SetResult(socket);
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync();
        var socket = await sockets.Task;
        await client.SendAsync("421[\"work\"]");
        await UntilBlocked(1);
        await UntilOneIsLeft(app);
        _release.Set();
        await client.ShouldReceive("431[]");

        await client.SendAsync("422[\"where\"]");
        await client.ShouldReceive("432[false]");
        // Who has just handled an event may find the next message there already.
        for (var (isOnLoop, questions) = (false, 0); !isOnLoop; questions++)
        {
            questions.ShouldBeLessThan(1000);
            var asking = socket.EmitWithAckAsync<ReadWhere>("question");
            var question = await client.ReceiveUntilAsync("42");
            await client.SendAsync($"43{question[2..question.IndexOf('[')]}[1]");
            isOnLoop = (await asking.Within("the answer"))!.IsOnLoop;
        }

        await client.SendAsync("423[\"where\"]");
        await client.ShouldReceive("433[false]");
    }

    private static Task<StorkApp> StartAsync(TimeProvider? time = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are event loops on Linux only.");
        return StorkApp.StartAsync(options => options.EventLoops = 1, time);
    }

    private static bool IsOnLoop() => LoopThread.IsServing;

    private static Task UntilOneIsLeft(StorkApp app) => Waiting.Until(
        () => app.Loops().Any(static loop => loop.Blocked == 1), "another thread had the loop");

    private static Task UntilNoneIsLeft(StorkApp app) => Waiting.Until(
        () => app.Loops().All(static loop => loop.Blocked == 0), "the threads that had been held up were done");

    private ValueTask Block()
    {
        Interlocked.Increment(ref _blocked);
        _release.Wait(Patience.Limit).ShouldBeTrue();
        return default;
    }

    private Task UntilBlocked(int count) => Waiting.Until(() => Volatile.Read(ref _blocked) == count, $"{count} were blocked");

    /// <summary>A value that knows where it was read.</summary>
    [JsonConverter(typeof(Reader))]
    private sealed record ReadWhere(bool IsOnLoop);

    private sealed class Reader : JsonConverter<ReadWhere>
    {
        public override ReadWhere Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return new ReadWhere(BlockedLoopTests.IsOnLoop());
        }

        public override void Write(Utf8JsonWriter writer, ReadWhere value, JsonSerializerOptions options) =>
            throw new NotSupportedException();
    }
}
