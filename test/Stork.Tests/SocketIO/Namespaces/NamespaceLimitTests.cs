using System.Text.RegularExpressions;
using Stork.Tests.Clients;
using Stork.Tests.Recovery;
using Stork.Tests.SocketIO.Rooms;

namespace Stork.Tests.SocketIO.Namespaces;

/// <summary>Namespaces that clients ask for, beyond the limit: those that nobody needs make room.</summary>
public sealed class NamespaceLimitTests
{
    [Fact]
    public async Task Refused_clients_do_not_keep_others_out()
    {
        var stopped = 0;
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.MaxDynamicNamespaces = 3;
            options.AdapterFactory = nsp => new HookedAdapter(nsp)
            {
                Stopping = () =>
                {
                    Interlocked.Increment(ref stopped);
                    return ValueTask.CompletedTask;
                },
            };
        });
        var parent = app.IO.Of(new Regex("^/d\\d+$"));
        parent.Use(socket => socket.Handshake.GetAuth<Dictionary<string, string>>()!.ContainsKey("token")
            ? default
            : throw new ConnectErrorException("no"));
        await using var stranger = await WebSocketClient.OpenAsync(app);
        for (var i = 0; i < 10; i++)
        {
            await stranger.SendAsync($"40/d{i},");
            await stranger.ShouldReceive($"44/d{i},{{\"message\":\"no\"}}");
        }

        await using var client = await WebSocketClient.OpenAsync(app);
        for (var i = 20; i < 23; i++) await client.JoinAsync($"/d{i}", "{\"token\":\"t\"}");
        parent.Children.Select(child => child.Name).ShouldBe(["/d20", "/d21", "/d22"], ignoreOrder: true);
        stopped.ShouldBe(10);
        await stranger.SendAsync("40/d30,");
        await stranger.ShouldReceive("44/d30,{\"message\":\"Invalid namespace\"}");
    }

    [Fact]
    public async Task An_adapter_that_fails_does_not_take_away_the_namespace_that_has_come_meanwhile()
    {
        var calls = 0;
        Namespace? second = null;
        SocketIOServer? io = null;
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.CleanupEmptyChildNamespaces = true;
            options.AdapterFactory = nsp =>
            {
                if (nsp.Name != "/d1" || ++calls > 1) return new HookedAdapter(nsp);
                io!.Namespaces.RemoveIfEmpty(nsp);
                second = io.Of("/d1");
                throw new IOException("The adapter's own server is away.");
            };
        });
        io = app.IO;
        _ = io.Of(new Regex("^/d\\d+$"));
        Should.Throw<IOException>(() => io.Of("/d1"));
        io.Of("/d1").ShouldBeSameAs(second.ShouldNotBeNull());
    }

    [Fact]
    public async Task Empty_ones_stay_until_there_are_too_many_and_the_longest_empty_goes_first()
    {
        await using var app = await StorkApp.StartAsync(options => options.MaxDynamicNamespaces = 3);
        var parent = app.IO.Of(new Regex("^/d\\d+$"));
        await using var client = await WebSocketClient.OpenAsync(app);
        for (var i = 0; i < 3; i++) await client.JoinAsync($"/d{i}");
        foreach (var i in new[] { 1, 0, 2 })
        {
            await client.SendAsync($"41/d{i},", "40/nowhere,");
            await client.ShouldReceive("44/nowhere,{\"message\":\"Invalid namespace\"}");
        }

        parent.Children.Count.ShouldBe(3);
        // Not empty any more, though it was the first that was.
        await client.JoinAsync("/d1");
        await client.JoinAsync("/d3");
        parent.Children.Select(child => child.Name).ShouldBe(["/d1", "/d2", "/d3"], ignoreOrder: true);
        await client.JoinAsync("/d4");
        parent.Children.Select(child => child.Name).ShouldBe(["/d1", "/d3", "/d4"], ignoreOrder: true);
        await app.IO.Of("/d1").EmitAsync("hello");
        await client.ShouldReceive("42/d1,[\"hello\"]");
    }

    [Fact]
    public async Task What_the_application_has_asked_for_by_name_stays()
    {
        await using var app = await StorkApp.StartAsync(options => options.MaxDynamicNamespaces = 2);
        var parent = app.IO.Of(new Regex("^/d\\d+$"));
        parent.Use(_ => throw new ConnectErrorException("no"));
        var made = app.IO.Of("/d0");
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40/d1,");
        await client.ShouldReceive("44/d1,{\"message\":\"no\"}");
        var found = app.IO.Of("/d1");
        await client.SendAsync("40/d2,");
        await client.ShouldReceive("44/d2,{\"message\":\"Invalid namespace\"}");
        parent.Children.ShouldBe([made, found], ignoreOrder: true);
    }

    [Fact]
    public async Task One_that_a_client_is_about_to_join_stays()
    {
        await using var app = await StorkApp.StartAsync(options => options.MaxDynamicNamespaces = 1);
        var parent = app.IO.Of(new Regex("^/d\\d+$"));
        var waiting = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        parent.Use(async _ =>
        {
            waiting.TrySetResult();
            await release.Task;
        });
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("40/d0,");
        await waiting.Task.Within("the middleware");
        await client.SendAsync("40/d1,");
        await client.ShouldReceive("44/d1,{\"message\":\"Invalid namespace\"}");
        release.SetResult();
        (await client.ReceiveAsync()).ShouldStartWith("40/d0,{\"sid\"");
        await parent.EmitAsync("hello");
        await client.ShouldReceive("42/d0,[\"hello\"]");
    }

    [Fact]
    public async Task One_that_clients_may_come_back_to_stays()
    {
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.MaxDynamicNamespaces = 1;
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
        });
        app.IO.Of(new Regex("^/d\\d+$"));
        await using var client = await RecoveringClient.JoinAsync(app, "/d0");
        await RecoveryTests.LoseAsync(app, client, "/d0");
        await using var other = await WebSocketClient.OpenAsync(app);
        await other.SendAsync("40/d1,");
        await other.ShouldReceive("44/d1,{\"message\":\"Invalid namespace\"}");
        await using var back = await client.ReturnAsync(app);
        back.Pid.ShouldBe(client.Pid);
    }
}
