using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Stork.Recovery.Journal;
using Stork.Shared;
using Stork.Tests.Timing;

namespace Stork.Tests.Recovery;

/// <summary>Servers that end, suddenly or in order, and what the next process makes of it.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly DataDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_client_gets_everything_back_from_the_process_after_the_one_that_was_killed()
    {
        await using var first = await StartAsync(_directory.Path);
        await using var client = await RecoveringClient.JoinAsync(first);
        await using var other = await RecoveringClient.JoinAsync(first);
        first.IO.MainNamespace.TryGetSocket(client.Sid, out var socket).ShouldBeTrue();
        first.IO.MainNamespace.TryGetSocket(other.Sid, out var second).ShouldBeTrue();
        await socket!.JoinAsync("room", "left");
        await socket.LeaveAsync("left");
        await second!.JoinAsync("room", "left");
        socket.Data["name"] = "Ada";
        socket.Data["age"] = 36;
        socket.Data["gone"] = true;
        socket.Data["list"] = new[] { 1, 2 };
        socket.Data.Remove("gone").ShouldBeTrue();
        await first.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");

        await first.IO.To("room").EmitAsync("missed", 1);
        await first.IO.To("left").EmitAsync("not for it", 2);
        await first.IO.Except("left").EmitAsync("missed", 3);
        await first.IO.Except(client.Sid).EmitAsync("not for it", 4);
        await socket.EmitAsync("missed", 5);
        await second.EmitAsync("not for it", 6);
        await first.IO.EmitAsync("binary", new byte[] { 9 });

        await using var next = await StartAsync(_directory.AfterKill());
        await using var back = await client.ReturnAsync(next);
        (back.Sid, back.Pid).ShouldBe((client.Sid, client.Pid));
        back.Missed[..3].ShouldBe(["""["missed",1]""", """["missed",3]""", """["missed",5]"""]);
        back.Missed[3].ShouldStartWith("451-");
        back.Missed[4].ShouldBe("bCQ==");
        back.Missed.Count.ShouldBe(5);
        var recovered = next.IO.Sockets.ShouldHaveSingleItem();
        recovered.Rooms.ShouldBe([client.Sid, "room"]);
        recovered.Recovered.ShouldBeTrue();
        (recovered.Data["name"], recovered.Data["age"], recovered.Data.ContainsKey("gone")).ShouldBe(("Ada", 36L, false));
        ((JsonElement)recovered.Data["list"]!).GetRawText().ShouldBe("[1,2]");

        await next.IO.To("room").EmitAsync("live");
        await back.ShouldReceive("""["live"]""");
        await using var otherBack = await other.ReturnAsync(next);
        otherBack.Sid.ShouldNotBe(other.Sid);
        otherBack.Missed.Where(packet => packet.StartsWith('[')).ShouldBe(
            ["""["seen"]""", """["missed",1]""", """["not for it",2]""", """["not for it",4]""", """["not for it",6]""", """["live"]"""]);
    }

    [Fact]
    public async Task Whatever_a_client_has_seen_was_written_before()
    {
        await using var app = await StartAsync(_directory.Path);
        await using var client = await RecoveringClient.JoinAsync(app);
        for (var i = 0; i < 50; i++)
        {
            await app.IO.EmitAsync("event", i);
            await client.ShouldReceive($"""["event",{i}]""");
            var copy = _directory.AfterKill();
            if (i % 10 != 0) continue;
            await using var next = await StartAsync(copy);
            await using var back = await client.ReturnAsync(next);
            (back.Pid, back.Missed.Count).ShouldBe((client.Pid, 0));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_stops_in_order_is_recovered_from_even_after_the_machine_has_restarted(bool machineRestarts)
    {
        RecoveringClient client;
        await using (var first = await StartAsync(_directory.Path))
        {
            client = await RecoveringClient.JoinAsync(first);
            await first.IO.EmitAsync("seen");
            await client.ShouldReceive("""["seen"]""");
            await client.DisposeAsync();
            await first.StopAsync();
            await first.IO.EmitAsync("late", 1);
        }

        if (machineRestarts) ChangeBootId(_directory.Path);
        await using var next = await StartAsync(_directory.Path);
        await using var back = await client.ReturnAsync(next);
        (back.Sid, back.Pid).ShouldBe((client.Sid, client.Pid));
        back.Missed.ShouldBe(["""["late",1]"""]);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task After_a_power_cut_nobody_is_told_that_nothing_is_missing()
    {
        await using var first = await StartAsync(_directory.Path);
        await using var client = await RecoveringClient.JoinAsync(first);
        await first.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        var copy = _directory.AfterKill();
        ChangeBootId(copy);
        await using var next = await StartAsync(copy);
        next.Log.Of(51).ShouldHaveSingleItem();
        await using var back = await client.ReturnAsync(next);
        back.Pid.ShouldNotBe(client.Pid);
    }

    [Fact]
    public async Task The_end_of_a_record_that_was_being_written_is_cut_off()
    {
        await using var first = await StartAsync(_directory.Path);
        await using var client = await RecoveringClient.JoinAsync(first);
        await first.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        var before = new FileInfo(LogOf(_directory.Path)).Length;
        await first.IO.EmitAsync("torn");
        await client.ShouldReceive("""["torn"]""");
        var after = new FileInfo(LogOf(_directory.Path)).Length;
        var copy = _directory.AfterKill();
        var whole = File.ReadAllBytes(LogOf(copy));
        for (var length = before; length < after; length += 7)
        {
            File.WriteAllBytes(LogOf(copy), whole[..(int)length]);
            await using var next = await StartAsync(copy);
            next.Log.Of(51).ShouldBeEmpty();
            await using var back = await RecoveringClient.OpenAsync(next);
            await back.ConnectAsync($$"""{"pid":"{{client.Pid}}"}""");
            back.Missed.ShouldBe(["""["seen"]"""]);
        }
    }

    [Fact]
    public async Task A_damaged_record_makes_all_unknown()
    {
        await using var first = await StartAsync(_directory.Path);
        await using var client = await RecoveringClient.JoinAsync(first);
        await first.IO.EmitAsync("seen");
        await first.IO.EmitAsync("more");
        await client.ShouldReceive("""["seen"]""", """["more"]""");
        var copy = _directory.AfterKill();
        var bytes = File.ReadAllBytes(LogOf(copy));
        bytes[bytes.AsSpan().IndexOf("\"seen\""u8) + 1] ^= 1;
        File.WriteAllBytes(LogOf(copy), bytes);
        await using var next = await StartAsync(copy);
        next.Log.Of(51).ShouldHaveSingleItem().Message.ShouldContain("damaged");
        await using var back = await client.ReturnAsync(next);
        back.Pid.ShouldNotBe(client.Pid);
        await next.IO.EmitAsync("live");
        await back.ShouldReceive("""["live"]""");
    }

    [Fact]
    public async Task Time_without_a_server_is_nobodys_time()
    {
        var time = new ManualTime();
        await using var first = await StartAsync(_directory.Path, time);
        await using var client = await RecoveringClient.JoinAsync(first);
        await first.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(first, client);
        time.Advance(TimeSpan.FromMinutes(1));
        await first.IO.EmitAsync("missed");
        var copy = _directory.AfterKill();

        var later = new ManualTime();
        later.Advance(TimeSpan.FromDays(3));
        await using var next = await StartAsync(copy, later);
        later.Advance(TimeSpan.FromSeconds(59));
        await using var back = await client.ReturnAsync(next);
        back.Missed.ShouldBe(["""["missed"]"""]);
    }

    [Fact]
    public async Task A_session_that_is_over_stays_over()
    {
        await using var first = await StartAsync(_directory.Path);
        await using var client = await RecoveringClient.JoinAsync(first);
        await first.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await first.IO.Sockets[0].DisconnectAsync();
        await client.Wire.ShouldReceive("41");
        await using var next = await StartAsync(_directory.AfterKill());
        await using var back = await client.ReturnAsync(next);
        back.Pid.ShouldNotBe(client.Pid);
    }

    [Fact]
    public async Task A_session_with_data_that_cannot_be_written_ends_with_the_process()
    {
        await using var first = await StartAsync(_directory.Path);
        await using var client = await RecoveringClient.JoinAsync(first);
        await using var large = await RecoveringClient.JoinAsync(first);
        first.IO.MainNamespace.TryGetSocket(client.Sid, out var socket).ShouldBeTrue();
        socket!.Data["loop"] = new Loop();
        first.Log.Of(54).ShouldHaveSingleItem();
        first.IO.MainNamespace.TryGetSocket(large.Sid, out var other).ShouldBeTrue();
        other!.Data["large"] = new string('x', 65 * 1024);
        await using var next = await StartAsync(_directory.AfterKill());
        await using var back = await client.ReturnAsync(next);
        back.Pid.ShouldNotBe(client.Pid);
        await using var largeBack = await large.ReturnAsync(next);
        largeBack.Pid.ShouldNotBe(large.Pid);

        // In the same process nothing has to be written.
        await using var same = await client.ReturnAsync(first);
        same.Pid.ShouldBe(client.Pid);
        first.IO.Sockets.Single(one => one.Id == same.Sid).Data["loop"].ShouldBeOfType<Loop>();
    }

    [Fact]
    public async Task The_journal_is_rewritten_under_load_and_loses_nothing()
    {
        await using var first = await StartAsync(_directory.Path, configure: options => options.MaxLogBytes = 4 * 1024 * 1024);
        await using var client = await RecoveringClient.JoinAsync(first);
        await first.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        await RecoveryTests.LoseAsync(first, client);
        await using var busy = await RecoveringClient.JoinAsync(first);
        first.IO.MainNamespace.TryGetSocket(busy.Sid, out var noisy).ShouldBeTrue();
        var filling = new string('x', 10_000);
        var written = 0;
        for (var round = 0; round < 6; round++)
        {
            var rewriting = Task.Run(first.IO.Recovery.Sweep, TestContext.Current.CancellationToken);
            for (var i = 0; i < 1_000; i++)
            {
                await noisy!.EmitAsync("noise", filling);
                await busy.NextAsync();
                if (i % 100 == 0) await first.IO.EmitAsync("kept", written++);
                if (i % 100 == 0) await busy.NextAsync();
            }

            await rewriting;
        }

        // 60 MB have gone through it.
        first.IO.Recovery.Sweep();
        new FileInfo(LogOf(_directory.Path)).Length.ShouldBeLessThan(40_000_000);
        first.Log.Problems.ShouldBeEmpty();
        await using var next = await StartAsync(_directory.AfterKill(), configure: options => options.MaxLogBytes = 4 * 1024 * 1024);
        await using var back = await busy.ReturnAsync(next);
        back.Pid.ShouldBe(busy.Pid);

        // What was forgotten before is still known to be missing.
        await using var incomplete = await client.ReturnAsync(next);
        incomplete.Pid.ShouldNotBe(client.Pid);
    }

    [Fact]
    public async Task A_quiet_client_recovers_after_a_restart_too_and_a_forgotten_one_does_not()
    {
        await using var first = await StartAsync(_directory.Path, configure: options => options.MaxLogEvents = 5);
        await using var quiet = await RecoveringClient.JoinAsync(first);
        await using var busy = await RecoveringClient.JoinAsync(first);
        first.IO.MainNamespace.TryGetSocket(busy.Sid, out var socket).ShouldBeTrue();
        await socket!.JoinAsync("busy");
        await first.IO.EmitAsync("last");
        await quiet.ShouldReceive("""["last"]""");
        await busy.ShouldReceive("""["last"]""");
        for (var i = 0; i < 10; i++) await first.IO.To("busy").EmitAsync("noise", i);

        // Twice: what the second process forgets to write down, the third one does not know.
        var copy = _directory.AfterKill();
        await using var second = await StartAsync(copy, configure: options => options.MaxLogEvents = 5);
        second.IO.Recovery.EventCount.ShouldBe(5);
        await second.DisposeAsync();
        await using var third = await StartAsync(copy, configure: options => options.MaxLogEvents = 5);
        await using var back = await quiet.ReturnAsync(third);
        (back.Pid, back.Missed.Count).ShouldBe((quiet.Pid, 0));
        await using var incomplete = await busy.ReturnAsync(third);
        incomplete.Pid.ShouldNotBe(busy.Pid);
    }

    [Fact]
    public async Task A_disk_that_takes_no_file_costs_the_durability_and_nothing_else()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_directory.Path, "store", "recovery")).Parent!.FullName;
        await using (var empty = await StartAsync(folder + "-format")) await empty.StopAsync();
        File.Move(Path.Combine(folder + "-format", "FORMAT"), Path.Combine(folder, "FORMAT"));
        var draft = Path.Combine(folder, "recovery", "recovery.new");
        Directory.CreateDirectory(draft);

        await using var app = await StartAsync(folder);
        app.Log.Of(52).ShouldHaveSingleItem();
        await using var client = await RecoveringClient.JoinAsync(app);
        await app.IO.EmitAsync("seen");
        await client.ShouldReceive("""["seen"]""");
        File.Exists(LogOf(folder)).ShouldBeFalse();
        await using var back = await client.ReturnAsync(app);
        back.Pid.ShouldBe(client.Pid);

        Directory.Delete(draft);
        app.IO.Recovery.Sweep();
        File.Exists(LogOf(folder)).ShouldBeTrue();
        await app.IO.EmitAsync("later");
        await back.ShouldReceive("""["later"]""");
        var bytes = File.ReadAllBytes(LogOf(folder));
        bytes.AsSpan().IndexOf("\"later\""u8).ShouldBeGreaterThan(0);
        bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(back.Pid!)).ShouldBe(-1);
    }

    private static Task<StorkApp> StartAsync(
        string directory, TimeProvider? time = null, Action<ConnectionStateRecoveryOptions>? configure = null) =>
        RecoveryTests.StartAsync(configure, time, directory);

    private static string LogOf(string directory) => Path.Combine(directory, "recovery", "recovery.log");

    /// <summary>Makes the journal one of another run of the machine.</summary>
    private static void ChangeBootId(string directory)
    {
        var bytes = File.ReadAllBytes(LogOf(directory));
        var at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(BootId.Current));
        bytes[at] ^= 1;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Crc32C.Of(bytes.AsSpan(RecordBuffer.PrefixLength, length)));
        File.WriteAllBytes(LogOf(directory), bytes);
    }

    private sealed class Loop
    {
        public Loop Itself => this;
    }
}
