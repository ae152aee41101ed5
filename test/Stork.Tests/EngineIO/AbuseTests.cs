using Stork.Tests.Clients;
using Stork.Tests.Timing;

namespace Stork.Tests.EngineIO;

/// <summary>Clients that want to cost more than they should.</summary>
public class AbuseTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_flood_of_handshakes_without_a_namespace_drains_in_time()
    {
        await using var app = await StorkApp.StartAsync(time: _time);
        for (var i = 0; i < 300; i++) await PollingClient.OpenAsync(app);
        app.IO.ConnectionCount.ShouldBe(300);
        // First the pings go out in vain, then everything ends; nobody ever polls again.
        _time.Advance(TimeSpan.FromSeconds(45) + TimeSpan.FromSeconds(30) + TimeSpan.FromSeconds(1));
        app.IO.ConnectionCount.ShouldBe(0);
        app.IO.Engine.Wheel.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_flood_of_pongs_changes_nothing()
    {
        await using var app = await StorkApp.StartAsync(time: _time);
        await using var client = await StalledClient.OpenAsync(app);
        await client.JoinAsync();
        for (var i = 0; i < 20; i++) await client.SendAsync([.. Enumerable.Repeat("3", 5_000)]);
        _time.Advance(TimeSpan.FromSeconds(24.9));
        await app.IO.EmitAsync("not yet");
        await client.ShouldReceive("42[\"not yet\"]");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await client.ShouldReceive("2");
        app.IO.Engine.Wheel.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("40/nowhere,")]
    [InlineData("421[\"echo\"]")]
    public async Task Answers_nobody_reads_end_the_connection(string packet)
    {
        const int Limit = 64 * 1024;
        await using var app = await StorkApp.StartAsync(options =>
        {
            options.MaxOutputBufferSize = Limit;
            options.SlowReaderPolicy = SlowReaderPolicy.DropNewest;
        });
        var answer = new string('x', 5_000);
        app.IO.OnConnection(socket => socket.On("echo", () => answer));
        await using var client = await StalledClient.OpenAsync(app);
        var id = await client.JoinAsync();
        app.IO.MainNamespace.TryGetSocket(id, out var socket).ShouldBeTrue();
        string[] batch = [.. Enumerable.Repeat(packet, 1_000)];
        try
        {
            for (var i = 0; i < 1_000 && socket!.Connected; i++)
            {
                await client.SendAsync(batch);
                socket.BufferedBytes().ShouldBeLessThanOrEqualTo(2 * Limit);
            }
        }
        catch (IOException)
        {
            // The server has cut it off.
        }

        await Waiting.Until(() => !socket!.Connected, "the connection was ended");
        (await app.Log.WaitForAsync(2)).Message.ShouldContain("reads too slowly");
        await app.UntilConnections(0);
    }

    [Fact]
    public async Task Guessed_session_ids_lead_nowhere()
    {
        await using var pair = await Pair.ConnectAsync(transport: SocketIOTransports.Polling);
        var known = pair.Client.SessionId;
        string[] guesses = [known[..^1], known + "A", string.Concat(known.Reverse()), pair.Socket.Id, new string('A', 20)];
        foreach (var guess in guesses)
        {
            using var answer = await pair.App.Http.GetAsync($"/socket.io/?EIO=4&transport=polling&sid={guess}");
            (await answer.Content.ReadAsStringAsync()).ShouldBe("{\"code\":1,\"message\":\"Session ID unknown\"}");
        }

        pair.Socket.Id.ShouldNotBe(known);
        await pair.ShouldLive();
    }

    [Fact]
    public async Task Ids_are_never_given_twice()
    {
        await using var app = await StorkApp.StartAsync();
        var ids = new HashSet<string>();
        for (var i = 0; i < 200; i++)
        {
            await using var client = await PollingClient.OpenAsync(app);
            ids.Add(client.SessionId).ShouldBeTrue();
            ids.Add(await client.JoinAsync()).ShouldBeTrue();
            await client.SendAsync("1");
        }

        ids.ShouldAllBe(id => id.Length == 20);
        app.IO.ConnectionCount.ShouldBe(0);
    }
}
