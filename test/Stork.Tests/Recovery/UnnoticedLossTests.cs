using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Stork.Tests.Clients;

namespace Stork.Tests.Recovery;

/// <summary>Where the original loses clients or events: each case is one of a client of good faith on a bad network.</summary>
public sealed class UnnoticedLossTests
{
    [Fact]
    public async Task A_client_that_is_back_before_the_server_noticed_takes_its_session_over()
    {
        await using var app = await RecoveryTests.StartAsync();
        var ended = new List<(string Id, DisconnectReason Reason)>();
        app.IO.OnConnection(async socket =>
        {
            if (!socket.Recovered) await socket.JoinAsync("room");
            socket.OnDisconnect(reason =>
            {
                lock (ended) ended.Add((socket.Id, reason));
            });
        });
        await using var frozen = await RecoveringClient.JoinAsync(app);
        await Waiting.Until(() => app.IO.Sockets[0].Rooms.Count == 2, "the room was joined");
        await app.IO.EmitAsync("seen");
        await frozen.ShouldReceive("""["seen"]""");

        // Written to a connection that nobody reads any more.
        await app.IO.EmitAsync("lost", 1);
        await app.IO.To("room").EmitAsync("lost", 2);
        await using var back = await frozen.ReturnAsync(app);
        back.Missed.ShouldBe(["""["lost",1]""", """["lost",2]"""]);
        (back.Sid, back.Pid).ShouldBe((frozen.Sid, frozen.Pid));
        await Waiting.Until(() => ended.Count == 1, "the former socket's handler was called");
        ended[0].ShouldBe((frozen.Sid, DisconnectReason.TransportClose));
        await app.UntilConnections(1);
        app.IO.Sockets.ShouldHaveSingleItem().Rooms.ShouldBe([back.Sid, "room"]);
        await app.IO.To("room").EmitAsync("live");
        await back.ShouldReceive("""["live"]""");
    }

    [Fact]
    public async Task A_client_that_has_got_no_event_yet_recovers_under_a_new_id()
    {
        await using var app = await RecoveryTests.StartAsync();
        app.IO.OnConnection(socket => socket.JoinAsync("room").AsTask());
        await using var client = await RecoveringClient.JoinAsync(app);
        await Waiting.Until(() => app.IO.Sockets[0].Rooms.Count == 2, "the room was joined");
        await RecoveryTests.LoseAsync(app, client);
        await app.IO.To("room").EmitAsync("missed", 1);
        await app.IO.To(client.Sid).EmitAsync("missed", 2);
        await app.IO.Except(client.Sid).EmitAsync("of its own", 3);

        await using var back = await client.ReturnAsync(app);
        back.Missed.ShouldBe(["""["missed",1]""", """["missed",2]"""]);
        back.Sid.ShouldNotBe(client.Sid);
        back.Pid.ShouldBe(client.Pid);
        await app.IO.To(back.Sid).EmitAsync("live");
        await back.ShouldReceive("""["live"]""");

        // It has an offset now, and keeps the id from here on. What was its own under the former id stays so.
        await RecoveryTests.LoseAsync(app, back);
        await using var again = await back.ReturnAsync(app);
        again.Sid.ShouldBe(back.Sid);
        again.Missed.ShouldBeEmpty();
        await RecoveryTests.LoseAsync(app, again);
        again.Offset = null;
        await using var fromTheStart = await again.ReturnAsync(app);
        fromTheStart.Missed.ShouldBe(["""["missed",1]""", """["missed",2]""", """["live"]"""]);
    }

    [Fact]
    public async Task A_quiet_client_recovers_however_old_its_last_event_is()
    {
        await using var app = await RecoveryTests.StartAsync(options => options.MaxLogEvents = 5);
        app.IO.OnConnection(socket => socket.JoinAsync(socket.Handshake.Auth.GetProperty("room").GetString()!).AsTask());
        await using var client = await RecoveringClient.OpenAsync(app);
        await client.ConnectAsync("""{"room":"quiet"}""");
        await using var other = await RecoveringClient.OpenAsync(app);
        await other.ConnectAsync("""{"room":"busy"}""");
        await Waiting.Until(() => app.IO.Sockets.All(socket => socket.Rooms.Count == 2), "the rooms were joined");
        await app.IO.EmitAsync("last");
        await client.ShouldReceive("""["last"]""");
        for (var i = 0; i < 10; i++) await app.IO.To("busy").EmitAsync("noise", i);
        app.IO.Recovery.EventCount.ShouldBe(5);
        await using var back = await client.ReturnAsync(app, client.Auth.Replace("{", """{"room":"quiet",""", StringComparison.Ordinal));
        (back.Sid, back.Pid).ShouldBe((client.Sid, client.Pid));
        back.Missed.ShouldBeEmpty();

        // The busy one has missed what is not there any more.
        other.Offset = client.Offset;
        await using var incomplete = await other.ReturnAsync(app, other.Auth.Replace("{", """{"room":"busy",""", StringComparison.Ordinal));
        incomplete.Pid.ShouldNotBe(other.Pid);
        incomplete.Missed.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_sent_while_a_middleware_runs_is_not_lost()
    {
        var entered = new TaskCompletionSource();
        var release = new TaskCompletionSource();
        await using var app = await RecoveryTests.StartAsync();
        app.IO.Use(async socket =>
        {
            if (!socket.Handshake.Auth.TryGetProperty("pid", out _)) return;
            entered.SetResult();
            await release.Task;
        });
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(app, client);
        await app.IO.EmitAsync("before", 1);
        await using var back = await RecoveringClient.OpenAsync(app);
        await back.Wire.SendAsync("40" + client.Auth);
        await entered.Task.Within("the middleware");
        await app.IO.EmitAsync("meanwhile", 2);
        release.SetResult();
        await back.ReadAnswerAsync();
        back.Pid.ShouldBe(client.Pid);
        back.Missed.ShouldBe(["""["before",1]""", """["meanwhile",2]"""]);
        await app.IO.EmitAsync("after", 3);
        await back.ShouldReceive("""["after",3]""");
    }

    [Fact]
    public async Task The_same_pid_twice_at_once_is_given_to_one()
    {
        var waiting = 0;
        var release = new TaskCompletionSource();
        await using var app = await RecoveryTests.StartAsync();
        app.IO.Use(async socket =>
        {
            if (!socket.Handshake.Auth.TryGetProperty("pid", out _)) return;
            Interlocked.Increment(ref waiting);
            await release.Task;
        });
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(app, client);
        await app.IO.EmitAsync("missed");
        var both = new[] { await RecoveringClient.OpenAsync(app), await RecoveringClient.OpenAsync(app) };
        foreach (var one in both) await one.Wire.SendAsync("40" + client.Auth);
        await Waiting.Until(() => Volatile.Read(ref waiting) == 2, "both were in the middleware");
        release.SetResult();
        foreach (var one in both) await one.ReadAnswerAsync();
        both.Count(one => one.Pid == client.Pid && one.Sid == client.Sid && one.Missed.Count == 1).ShouldBe(1);
        both.Count(one => one.Pid != client.Pid && one.Sid != client.Sid && one.Missed.Count == 0).ShouldBe(1);
        app.IO.Sockets.Count.ShouldBe(2);
        app.IO.Sockets.Count(socket => socket.Recovered).ShouldBe(1);
        foreach (var one in both) await one.DisposeAsync();
    }

    [Fact]
    public async Task Two_who_fight_for_a_session_both_lose_it()
    {
        await using var app = await RecoveryTests.StartAsync();
        await using var first = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await first.ShouldReceive("""["seen"]""");
        var pid = first.Pid;
        var taken = 0;
        RecoveringClient holder = first;
        while (true)
        {
            var next = await first.ReturnAsync(app);
            if (next.Pid != pid) break;
            holder = next;
            (++taken).ShouldBeLessThan(20);
        }

        taken.ShouldBe(5);
        await Waiting.Until(
            () => app.IO.Sockets.All(socket => socket.Id != holder.Sid),
            "the last holder had to go, as nothing would reach it any more");
        await using var late = await first.ReturnAsync(app);
        late.Pid.ShouldNotBe(pid);
    }

    [Fact]
    public async Task Refused_by_a_middleware_nothing_is_shown_and_the_holder_stays()
    {
        await using var app = await RecoveryTests.StartAsync();
        var isBanned = false;
        app.IO.Use(_ => isBanned ? throw new ConnectErrorException("banned") : ValueTask.CompletedTask);
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        isBanned = true;
        await app.IO.EmitAsync("secret");
        await using var back = await RecoveringClient.OpenAsync(app);
        await back.Wire.SendAsync("40" + client.Auth);
        (await back.Wire.ReceiveAsync()).ShouldBe("""44{"message":"banned"}""");
        await client.ShouldReceive("""["secret"]""");
        app.IO.Sockets.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Middlewares_are_passed_by_only_where_the_application_says_so()
    {
        await using var app = await RecoveryTests.StartAsync(options => options.SkipMiddlewares = true);
        var runs = 0;
        app.IO.Use(_ =>
        {
            Interlocked.Increment(ref runs);
            return ValueTask.CompletedTask;
        });
        await using var client = await RecoveringClient.JoinAsync(app);
        await RecoveryTests.LoseAsync(app, client);
        await using var back = await client.ReturnAsync(app);
        (back.Pid, runs).ShouldBe((client.Pid, 1));
        await using var stranger = await RecoveringClient.OpenAsync(app);
        await stranger.ConnectAsync("""{"pid":"AAAAAAAAAAAAAAAAAAAAAA"}""");
        runs.ShouldBe(2);
    }

    [Fact]
    public async Task A_session_stays_with_its_identity()
    {
        await using var app = await StorkApp.StartAsync(
            options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions(),
            pipeline: app =>
            {
                app.Use((context, next) =>
                {
                    if (context.Request.Query["user"].ToString() is { Length: > 0 } user)
                        context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, user)], "test"));
                    return next(context);
                });
                var io = app.MapSocketIO();
                return io.OnConnection(socket => socket.EmitAsync("hello").AsTask());
            });
        var (pid, offset) = await ConnectAsync("&user=ada", "");
        await app.UntilConnections(0);
        var auth = $$"""{"pid":"{{pid}}","offset":"{{offset}}"}""";
        (await ConnectAsync("&user=eve", auth)).Pid.ShouldNotBe(pid);
        (await ConnectAsync("", auth)).Pid.ShouldNotBe(pid);
        (await ConnectAsync("&user=ada", auth)).Pid.ShouldBe(pid);

        async Task<(string Pid, string Offset)> ConnectAsync(string query, string auth)
        {
            await using var wire = await WebSocketClient.OpenAsync(app, query: query);
            await wire.SendAsync("40" + auth);
            var answer = await wire.ReceiveAsync();
            return (answer.Split('"')[7], (await wire.ReceiveAsync()).Split('"')[3]);
        }
    }
}
