using System.Text.RegularExpressions;
using Stork.Tests.Clients;

namespace Stork.Tests.SocketIO.Rooms;

/// <summary>What an adapter of the application's own is promised, and what its failures touch.</summary>
public sealed class CustomAdapterTests
{
    [Theory]
    [InlineData("/chat")]
    [InlineData("/d1")]
    public async Task It_has_started_before_its_namespace_takes_the_first_socket(string nsp)
    {
        var started = 0;
        var release = new TaskCompletionSource();
        await using var app = await StartAsync(made =>
        {
            if (made.Namespace.Name != "/")
                made.Starting = async () =>
                {
                    Interlocked.Increment(ref started);
                    await release.Task;
                };
        });
        var asked = 0;
        void Count(Socket socket) => Interlocked.Increment(ref asked);
        app.IO.Of("/chat").Use(socket =>
        {
            Count(socket);
            return ValueTask.CompletedTask;
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await using var second = await WebSocketClient.OpenAsync(app);
        await client.SendAsync($"40{nsp},", "40/nowhere,");
        await client.ShouldReceive("44/nowhere,{\"message\":\"Invalid namespace\"}");
        await second.SendAsync($"40{nsp},", "40/nowhere,");
        await second.ShouldReceive("44/nowhere,{\"message\":\"Invalid namespace\"}");
        asked.ShouldBe(0);
        release.SetResult();
        (await client.ReceiveAsync()).ShouldStartWith($"40{nsp},{{\"sid\"");
        (await second.ReceiveAsync()).ShouldStartWith($"40{nsp},{{\"sid\"");
        await client.SendAsync($"41{nsp},");
        await client.JoinAsync(nsp);
        started.ShouldBe(nsp == "/chat" ? 1 : 2);
    }

    [Theory]
    [InlineData("/chat", true)]
    [InlineData("/chat", false)]
    [InlineData("/d1", true)]
    [InlineData("/d1", false)]
    public async Task Clients_are_refused_while_it_cannot_be_started(string nsp, bool throwsAtOnce)
    {
        var fails = true;
        await using var app = await StartAsync(made =>
        {
            if (made.Namespace.Name != nsp) return;
            made.Starting = () => !fails ? default
                : throwsAtOnce ? throw new IOException("no cluster")
                : ValueTask.FromException(new IOException("no cluster"));
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync($"40{nsp},");
        await client.ShouldReceive($"44{nsp},{{\"message\":\"Namespace unavailable\"}}");
        (await app.Log.WaitForAsync(15)).Exception!.Message.ShouldBe("no cluster");
        app.Log.Of(13).ShouldBeEmpty();
        await client.SendAsync($"40{nsp},");
        await client.ShouldReceive($"44{nsp},{{\"message\":\"Namespace unavailable\"}}");
        fails = false;
        await client.JoinAsync(nsp);
        await app.IO.Of(nsp).EmitAsync("hello");
        await client.ShouldReceive($"42{nsp},[\"hello\"]");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_fails_to_stop_concerns_nobody_else(bool throwsAtOnce)
    {
        var stopped = new List<string>();
        await using var app = await StartAsync(
            made => made.Stopping = () =>
            {
                lock (stopped) stopped.Add(made.Namespace.Name);
                return throwsAtOnce ? throw new IOException("no cluster") : ValueTask.FromException(new IOException("no cluster"));
            },
            isCleaned: true);
        var parent = app.IO.Of(new Regex("^/x\\d+$"));
        var ended = 0;
        parent.OnConnection(socket => socket.OnDisconnect(_ => Interlocked.Increment(ref ended)));
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.JoinAsync("/x1");
        await client.JoinAsync("/x2");
        var answer = parent.Children[0].Sockets[0].EmitWithAckAsync<int>("a");
        await client.DisposeAsync();
        await Should.ThrowAsync<SocketDisconnectedException>(answer.Within("the end of the answer"));
        await Waiting.Until(() => Volatile.Read(ref ended) == 2, "both sockets had ended");
        await Waiting.Until(() => app.Log.Of(16).Count() == 2, "both failures were logged");
        app.IO.Close();
        stopped.ShouldBe(["/x1", "/x2", "/", "/chat"], ignoreOrder: true);
        await Waiting.Until(() => app.Log.Of(16).Count() == 4, "all failures were logged");
    }

    [Fact]
    public async Task One_that_fails_to_tell_rooms_lets_sockets_end()
    {
        var fails = false;
        await using var app = await StartAsync(made => made.Telling = _ =>
        {
            if (fails) throw new IOException("no cluster");
        });
        var ended = 0;
        IReadOnlyCollection<string>? rooms = null;
        foreach (var nsp in new[] { app.IO.MainNamespace, app.IO.Of("/chat") })
        {
            nsp.OnConnection(socket => socket.OnDisconnect(_ =>
            {
                rooms = socket.Rooms;
                Interlocked.Increment(ref ended);
            }));
        }

        await using var client = await WebSocketClient.OpenAsync(app);
        var id = await client.JoinAsync();
        await client.JoinAsync("/chat");
        var answer = app.IO.Sockets[0].EmitWithAckAsync<int>("a");
        fails = true;
        await client.DisposeAsync();
        await Should.ThrowAsync<SocketDisconnectedException>(answer.Within("the end of the answer"));
        await Waiting.Until(() => Volatile.Read(ref ended) == 2, "both sockets had ended");
        rooms.ShouldHaveSingleItem().Length.ShouldBe(id.Length);
        app.IO.Sockets.ShouldBeEmpty();
        app.IO.Of("/chat").Sockets.ShouldBeEmpty();
        app.Log.Of(16).Count().ShouldBe(2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_takes_its_time_to_be_made_or_started_holds_up_no_other_namespace(bool isMade)
    {
        using var end = new ManualResetEventSlim();
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Wait()
        {
            waits.TrySetResult();
            end.Wait(2 * Patience.Limit);
        }

        await using var app = await StartAsync(made =>
        {
            if (made.Namespace.Name != "/slow") return;
            if (isMade) made.Starting = () =>
            {
                Wait();
                return ValueTask.CompletedTask;
            };
            else Wait();
        });
        var making = Task.Run(() => app.IO.Of("/slow"));
        try
        {
            await waits.Task.Within("the adapter to be made");
            await using var client = await WebSocketClient.OpenAsync(app);
            await client.JoinAsync("/chat");
            await Task.Run(() => app.IO.Of("/slow").Sockets.Count).Within("the namespace to answer while its adapter is made");
            app.IO.Of("/another").Name.ShouldBe("/another");
        }
        finally
        {
            end.Set();
        }

        (await making.Within("the namespace")).ShouldBe(app.IO.Of("/slow"));
    }

    /// <summary>A server with the namespaces "/", "/chat" and, on demand, "/d…".</summary>
    private static async Task<StorkApp> StartAsync(Action<HookedAdapter> configure, bool isCleaned = false)
    {
        var app = await StorkApp.StartAsync(options =>
        {
            options.CleanupEmptyChildNamespaces = isCleaned;
            options.AdapterFactory = nsp =>
            {
                var made = new HookedAdapter(nsp);
                configure(made);
                return made;
            };
        });
        app.IO.Of("/chat");
        app.IO.Of(new Regex("^/d\\d+$"));
        return app;
    }
}
