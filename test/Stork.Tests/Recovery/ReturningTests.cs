using Stork.Tests.SocketIO.Rooms;
using Stork.Tests.Timing;

namespace Stork.Tests.Recovery;

/// <summary>What a socket has when its client comes back, and what the server forgets of those that do not.</summary>
public sealed class ReturningTests
{
    [Fact]
    public async Task A_client_that_cannot_be_recovered_after_all_keeps_what_its_middlewares_gave_it()
    {
        await using var app = await RecoveryTests.StartAsync(recovery => recovery.MaxReplayEvents = 3);
        var isFirst = true;
        app.IO.Use(async socket =>
        {
            await socket.JoinAsync(isFirst ? "first" : "user");
            if (isFirst) return;
            // More than may be replayed, when it had been found that everything is there.
            for (var i = 0; i < 5; i++) await app.IO.EmitAsync("news", i);
        });
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(app, client);
        isFirst = false;

        await using var back = await client.ReturnAsync(app);
        back.Pid.ShouldNotBe(client.Pid);
        app.IO.Sockets.ShouldHaveSingleItem().Rooms.ShouldBe([back.Sid, "user"]);
        await app.IO.To("user").EmitAsync("hello");
        await back.ShouldReceive("""["hello"]""");
    }

    [Fact]
    public async Task Middlewares_that_were_passed_by_in_vain_run_as_for_any_client_and_keep_nobody_else_waiting()
    {
        HookedAdapter? adapter = null;
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions
            {
                SkipMiddlewares = true,
                MaxReplayEvents = 3,
                MaxConcurrentReplays = 1,
            };
            options.AdapterFactory = nsp => adapter = new HookedAdapter(nsp);
        });
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(app, client);
        await using var other = await RecoveringClient.JoinAsync(app);
        var (begun, left) = (new TaskCompletionSource(), new TaskCompletionSource<DisconnectReason>());
        app.IO.Use(async socket =>
        {
            socket.OnDisconnect(reason => left.SetResult(reason));
            begun.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, socket.Disconnected);
        });

        // More than may be replayed, when the session was taken already.
        var calls = 0;
        adapter!.Telling = _ =>
        {
            if (++calls > 1) return;
            for (var i = 0; i < 5; i++) app.IO.EmitAsync("news", i).IsCompleted.ShouldBeTrue();
        };
        await using var back = await RecoveringClient.OpenAsync(app);
        await back.Wire.SendAsync("40" + client.Auth);
        await begun.Task.Within("the middleware");
        for (var i = 0; i < 5; i++) await other.ShouldReceive($"""["news",{i}]""");
        await other.DisposeAsync();
        await app.UntilConnections(1);
        await using (var again = await other.ReturnAsync(app)) again.Pid.ShouldBe(other.Pid);
        await back.DisposeAsync();
        (await left.Task.Within("the disconnect handler of the middleware")).ShouldBe(DisconnectReason.TransportClose);
        await app.UntilConnections(0);
        app.IO.Sockets.ShouldBeEmpty();
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_outlasts_an_adapter_that_fails_when_its_client_comes_back()
    {
        HookedAdapter? adapter = null;
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
            options.AdapterFactory = nsp => adapter = new HookedAdapter(nsp);
        });
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(app, client);
        await app.IO.EmitAsync("missed");

        // Once when the session's rooms are taken, and once when they are looked at again: the second time fails.
        var calls = 0;
        adapter!.Telling = _ =>
        {
            if (++calls == 2) throw new IOException("The adapter's own server is away.");
        };
        await using var refused = await RecoveringClient.OpenAsync(app);
        await refused.Wire.SendAsync("40" + client.Auth);
        (await refused.Wire.ReceiveAsync()).ShouldStartWith("44");
        calls.ShouldBe(2);

        await using var back = await client.ReturnAsync(app);
        back.Pid.ShouldBe(client.Pid);
        back.Missed.ShouldBe(["""["missed"]"""]);
    }

    [Fact]
    public async Task A_server_may_be_disposed_of_twice()
    {
        await using var app = await RecoveryTests.StartAsync();
        await app.IO.DisposeAsync();
        await Task.Run(async () => await app.IO.DisposeAsync()).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System);
    }

    [Fact]
    public async Task Namespaces_that_are_gone_are_forgotten_with_their_last_event()
    {
        var time = new ManualTime();
        await using var app = await StorkApp.StartAsync(
            options =>
            {
                options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
                options.CleanupEmptyChildNamespaces = true;
            },
            time);
        app.IO.Of(new System.Text.RegularExpressions.Regex("^/doc-"));
        var before = app.IO.Recovery.NamespaceCount;
        await using var client = await RecoveringClient.JoinAsync(app, "/doc-1");
        await app.IO.Of("/doc-1").EmitAsync("edited");
        await client.ShouldReceive("""["edited"]""");
        await client.DisposeAsync();
        await app.UntilConnections(0);

        time.Advance(TimeSpan.FromHours(1));
        app.IO.Recovery.Sweep();
        await Waiting.Until(() => app.IO.Recovery.NamespaceCount == before, "the namespace was forgotten");
        app.IO.Recovery.EventCount.ShouldBe(0);
    }
}
