using Stork.EventLoops;
using Stork.Tests.Clients;

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

    private static Task<StorkApp> StartAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are event loops on Linux only.");
        return StorkApp.StartAsync(options => options.EventLoops = 1);
    }

    private static Task UntilNoneIsLeft(StorkApp app) => Waiting.Until(
        () => app.Loops().All(static loop => loop.Blocked == 0), "the threads that had been held up were done");

    private ValueTask Block()
    {
        Interlocked.Increment(ref _blocked);
        _release.Wait(Patience.Limit).ShouldBeTrue();
        return default;
    }

    private Task UntilBlocked(int count) => Waiting.Until(() => Volatile.Read(ref _blocked) == count, $"{count} were blocked");
}
