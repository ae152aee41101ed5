using Stork.Recovery;
using Stork.Tests.Timing;

namespace Stork.Tests.Recovery;

/// <summary>What clients make up, and how much of the server's memory they can have.</summary>
public sealed class AbuseTests
{
    [Fact]
    public async Task A_name_that_is_no_text_asks_for_nothing()
    {
        await using var app = await RecoveryTests.StartAsync();
        await using var client = await RecoveringClient.OpenAsync(app);
        await client.ConnectAsync("{\"\\ud800\":1}");
        client.Pid.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_rewound_offset_shows_nothing_from_before_joining()
    {
        await using var app = await RecoveryTests.StartAsync();
        await using var witness = await RecoveringClient.JoinAsync(app);
        app.IO.MainNamespace.TryGetSocket(witness.Sid, out var first).ShouldBeTrue();
        await first!.JoinAsync("secret");
        await app.IO.EmitAsync("early");
        await witness.ShouldReceive("""["early"]""");
        var early = witness.Offset;
        await app.IO.To("secret").EmitAsync("before", 1);

        await using var client = await RecoveringClient.JoinAsync(app);
        app.IO.MainNamespace.TryGetSocket(client.Sid, out var socket).ShouldBeTrue();
        await app.IO.To("secret").EmitAsync("before", 2);
        await socket!.JoinAsync("secret");
        await app.IO.To("secret").EmitAsync("member", 3);
        await socket.LeaveAsync("secret");
        await app.IO.To("secret").EmitAsync("left", 4);
        await client.ShouldReceive("""["member",3]""");
        await RecoveryTests.LoseAsync(app, client);
        await app.IO.To("secret").EmitAsync("away", 5);

        client.Offset = early;
        await using var back = await client.ReturnAsync(app);
        back.Pid.ShouldBe(client.Pid);
        back.Missed.ShouldBe(["""["member",3]"""]);
        socket = app.IO.Sockets.Single(other => other.Id == client.Sid);
        socket.Rooms.ShouldBe([client.Sid]);
    }

    [Fact]
    public async Task An_offset_of_somebody_else_shows_nothing_that_was_not_for_the_client()
    {
        await using var app = await RecoveryTests.StartAsync();
        await using var member = await RecoveringClient.JoinAsync(app);
        app.IO.MainNamespace.TryGetSocket(member.Sid, out var socket).ShouldBeTrue();
        await socket!.JoinAsync("secret");
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("missed", 1);
        await app.IO.To("secret").EmitAsync("secret", 2);
        await member.ShouldReceive("""["missed",1]""", """["secret",2]""");
        var newer = member.Offset;
        await RecoveryTests.LoseAsync(app, client);
        await app.IO.To("secret").EmitAsync("secret", 3);
        await app.IO.EmitAsync("away", 4);

        // Newer than anything it got: it loses what is before, as it says to have it.
        client.Offset = newer;
        await using var back = await client.ReturnAsync(app);
        back.Pid.ShouldBe(client.Pid);
        back.Missed.ShouldBe(["""["away",4]"""]);
    }

    [Fact]
    public async Task Membership_counts_by_the_interval()
    {
        await using var app = await RecoveryTests.StartAsync();
        await using var client = await RecoveringClient.JoinAsync(app);
        var socket = app.IO.Sockets[0];
        await app.IO.EmitAsync("start");
        await client.ShouldReceive("""["start"]""");
        var start = client.Offset;
        var expected = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            await app.IO.To("room").EmitAsync("out", round);
            await socket.JoinAsync("room");
            await app.IO.To("room").EmitAsync("in", round);
            await app.IO.Except("room").EmitAsync("except", round);
            await socket.LeaveAsync("room");
            await app.IO.Except("room").EmitAsync("all", round);
            expected.AddRange([$"""["in",{round}]""", $"""["all",{round}]"""]);
        }

        await client.ShouldReceive([.. expected]);
        await RecoveryTests.LoseAsync(app, client);
        client.Offset = start;
        await using var back = await client.ReturnAsync(app);
        back.Missed.ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"pid":"PID","offset":"AAAAAAAAAAAAAAAAAAAAAA"}""")]
    [InlineData("""{"pid":"PID","offset":"1"}""")]
    [InlineData("""{"pid":"PID","offset":""}""")]
    [InlineData("""{"pid":"PID","offset":7}""")]
    [InlineData("""{"pid":"PID","offset":null}""")]
    [InlineData("""{"pid":"PID","offset":{"pid":"PID"}}""")]
    [InlineData("""{"pid":"PID","offset":["OFFSET"]}""")]
    [InlineData("""{"pid":["PID"],"offset":"OFFSET"}""")]
    [InlineData("""{"pid":true,"offset":"OFFSET"}""")]
    [InlineData("""{"pid":"","offset":"OFFSET"}""")]
    [InlineData("""{"pid":"__proto__","offset":"OFFSET"}""")]
    [InlineData("""{"pid":"AAAAAAAAAAAAAAAAAAAAAA","offset":"OFFSET"}""")]
    [InlineData("""{"pid":"SID","offset":"OFFSET"}""")]
    [InlineData("""{"pid":"PID","offset":"OFFSET","pid":"no"}""")]
    [InlineData("""{"nested":{"pid":"PID","offset":"OFFSET"}}""")]
    [InlineData("""{"offset":"OFFSET"}""")]
    public async Task What_no_server_gave_out_recovers_nothing(string auth)
    {
        await using var app = await RecoveryTests.StartAsync();
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(app, client);
        await app.IO.EmitAsync("missed");
        auth = auth.Replace("PID", client.Pid, StringComparison.Ordinal).Replace("OFFSET", client.Offset, StringComparison.Ordinal)
            .Replace("SID", client.Sid, StringComparison.Ordinal);
        await using var other = await RecoveringClient.OpenAsync(app);
        await other.ConnectAsync(auth);
        other.Pid.ShouldNotBe(client.Pid);
        other.Sid.ShouldNotBe(client.Sid);
        other.Missed.ShouldBeEmpty();
        app.IO.Sockets.ShouldHaveSingleItem().Recovered.ShouldBeFalse();

        // It has cost the session nothing.
        await using var back = await client.ReturnAsync(app);
        back.Missed.ShouldBe(["""["missed"]"""]);
    }

    [Fact]
    public async Task A_megabyte_of_pid_is_no_pid()
    {
        await using var app = await RecoveryTests.StartAsync();
        await using var client = await RecoveringClient.OpenAsync(app);
        await client.ConnectAsync($$"""{"pid":"{{new string('a', 900_000)}}","offset":"x"}""");
        client.Pid.ShouldNotBeNull();
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_offset_of_another_server_is_unknown()
    {
        await using var one = await RecoveryTests.StartAsync();
        await using var two = await RecoveryTests.StartAsync();
        await using var first = await RecoveringClient.JoinAsync(one);
        await using var second = await RecoveringClient.JoinAsync(two);
        await one.IO.EmitAsync("seen");
        await first.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(two, second);
        second.Offset = first.Offset;
        await using var back = await second.ReturnAsync(two);
        back.Pid.ShouldNotBe(second.Pid);
    }

    [Theory]
    [InlineData(10, 10, true)]
    [InlineData(11, 10, false)]
    [InlineData(40, 100, false)]
    public async Task Who_missed_too_much_connects_anew(int missed, int bytesEach, bool recovers)
    {
        await using var app = await RecoveryTests.StartAsync(
            options => (options.MaxReplayEvents, options.MaxReplayBytes) = (bytesEach < 50 ? 10 : 100, 4_000));
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(app, client);
        for (var i = 0; i < missed; i++) await app.IO.EmitAsync("missed", new string('x', bytesEach));
        await using var back = await client.ReturnAsync(app);
        (back.Pid == client.Pid).ShouldBe(recovers);
        back.Missed.Count.ShouldBe(recovers ? missed : 0);
    }

    [Fact]
    public async Task Kept_events_are_bounded_in_number_and_bytes()
    {
        await using var app = await RecoveryTests.StartAsync(options => (options.MaxLogEvents, options.MaxLogBytes) = (100, 64 * 1024));
        await using var client = await RecoveringClient.JoinAsync(app);
        for (var i = 0; i < 1_000; i++) await app.IO.EmitAsync("event", i);
        app.IO.Recovery.EventCount.ShouldBe(100);
        for (var i = 0; i < 20; i++) await app.IO.EmitAsync("large", new string('x', 10_000));
        app.IO.Recovery.EventCount.ShouldBe(6);
        for (var i = 0; i < 1_020; i++) await client.NextAsync();
        await using var back = await client.ReturnAsync(app);
        (back.Pid, back.Missed.Count).ShouldBe((client.Pid, 0));
    }

    [Fact]
    public async Task Sessions_of_clients_that_are_away_are_bounded()
    {
        var time = new ManualTime();
        await using var app = await RecoveryTests.StartAsync(options => options.MaxSessions = 10, time);
        var clients = new List<RecoveringClient>();
        for (var i = 0; i < 30; i++)
        {
            var client = await RecoveringClient.JoinAsync(app);
            await RecoveryTests.LoseAsync(app, client);
            clients.Add(client);
            app.IO.Recovery.SessionCount.ShouldBeLessThanOrEqualTo(11);
        }

        await using (var forgotten = await clients[19].ReturnAsync(app)) forgotten.Pid.ShouldNotBe(clients[19].Pid);
        await using (var kept = await clients[29].ReturnAsync(app)) kept.Pid.ShouldBe(clients[29].Pid);
    }

    [Fact]
    public async Task Names_of_rooms_of_clients_that_are_away_are_bounded()
    {
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
            options.MaxRoomBytes = 2_500;
        });
        app.IO.OnConnection(socket => socket.JoinAsync(new string('r', 500) + app.IO.ConnectionCount).AsTask());
        var clients = new List<RecoveringClient>();
        for (var n = 0; n < 3; n++)
        {
            clients.Add(await RecoveringClient.JoinAsync(app));
            await Waiting.Until(() => app.IO.Sockets.Single().Rooms.Count == 2, "the room was joined");
            await RecoveryTests.LoseAsync(app, clients[^1]);
        }

        await using var last = await clients[2].ReturnAsync(app);
        last.Pid.ShouldBe(clients[2].Pid);
        await using var first = await clients[0].ReturnAsync(app);
        first.Pid.ShouldNotBe(clients[0].Pid);
    }

    [Fact]
    public async Task Names_of_rooms_that_a_client_has_left_are_bounded()
    {
        await using var app = await RecoveryTests.StartAsync();
        app.IO.OnConnection(socket => socket.On("visit", async (string room) =>
        {
            await socket.JoinAsync(room);
            await socket.LeaveAsync(room);
        }));
        await using var client = await RecoveringClient.JoinAsync(app);
        for (var n = 0; n < 20; n++)
        {
            await client.Wire.SendAsync($"42{n}[\"visit\",\"{n}{new string('r', 50_000)}\"]");
            (await client.Wire.ReceiveAsync()).ShouldBe($"43{n}[]");
        }

        app.IO.MainNamespace.TryGetSocket(client.Sid, out var socket).ShouldBeTrue();
        ((SessionHolder)socket.Session).Session!.RoomBytes.ShouldBeLessThan(300_000);
    }

    [Fact]
    public async Task What_nobody_could_ask_for_is_not_kept()
    {
        var time = new ManualTime();
        await using var app = await RecoveryTests.StartAsync(time: time);
        await app.IO.EmitAsync("to nobody");
        await app.IO.To("room").EmitAsync("to nobody");
        app.IO.Recovery.EventCount.ShouldBe(0);
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.To("room").EmitAsync("to an empty room");
        app.IO.Recovery.EventCount.ShouldBe(0);
        await app.IO.EmitAsync("kept");
        app.IO.Recovery.EventCount.ShouldBe(1);
        await RecoveryTests.LoseAsync(app, client);
        await Waiting.Until(
            () =>
            {
                // Again, as the sweep may have been under way when the time passed.
                time.Advance(TimeSpan.FromMinutes(5));
                return app.IO.Recovery is { EventCount: 0, SessionCount: 0 };
            },
            "all was forgotten");
    }

    [Fact]
    public async Task Nothing_of_it_is_logged()
    {
        await using var app = await RecoveryTests.StartAsync();
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen", "payload");
        await client.ShouldReceive("""["seen","payload"]""");
        await using var back = await client.ReturnAsync(app);
        back.Pid.ShouldBe(client.Pid);
        app.Log.Entries.Select(entry => entry.Message)
            .ShouldAllBe(text => !text.Contains(client.Pid!) && !text.Contains(client.Offset!) && !text.Contains("payload"));
    }
}
