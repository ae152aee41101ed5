using System.Net;
using System.Runtime.CompilerServices;
using Stork.EventLoops;
using Stork.Tests.EngineIO.WebSockets;
using Stork.Tests.Timing;

namespace Stork.Tests.EventLoops;

/// <summary>Thousands of clients that come and go in every way leave nothing of themselves behind.</summary>
public sealed class LeakTests
{
    private const int Rounds = 60;
    private const int AtOnce = 8;
    private const int Loops = 2;

    private const string Upgrade =
        "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Sec-WebSocket-Version: 13\r\n\r\n";

    private const string Open = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" + Upgrade;

    private static readonly Func<StorkApp, Task>[] Visits =
    [
        LeaveAsync,
        BreakOffAsync,
        app => BreakOffAsync(app, ""),
        app => BreakOffAsync(app, Open[..40]),
        app => BreakOffAsync(app, Open),
        app => BreakOffAsync(app, "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n"),
        app => PollAsync(app, saysSo: true),
        app => PollAsync(app, saysSo: false),
        app => UpgradeAsync(app, isCompleted: true),
        app => UpgradeAsync(app, isCompleted: false),
    ];

    [Fact]
    public Task Clients_that_come_and_go_leave_nothing() =>
        ChildProcess.RunTestAsync($"{nameof(LeakTests)}.{nameof(In_a_process_of_its_own)}");

    [Fact(Explicit = true)]
    public async Task In_a_process_of_its_own()
    {
        var time = new ManualTime();
        await using var app = await StorkApp.StartAsync(options => options.EventLoops = Loops, time);
        var remains = new List<WeakReference>();
        app.IO.OnConnection(socket =>
        {
            socket.On("ping", () => true);
            Remember(remains, socket, socket.Connection());
        });

        // What stays for good is made once: pools, caches, code.
        await VisitAsync(app, rounds: 3);
        await UntilNobodyIsThere(app, time);
        var descriptors = CountDescriptors();
        var timers = Timer.ActiveCount;

        await VisitAsync(app, Rounds, () => Remember(remains, app));

        await UntilNobodyIsThere(app, time);
        remains.Count.ShouldBeGreaterThan(Rounds * AtOnce);
        var alive = new List<string>();
        await Waiting.Until(
            // The thread of a loop may still have in a register which connection it served last.
            () => (alive = CollectAndFindAlive(remains)).Count(static name => name == nameof(LoopConnection)) <= Loops
                && alive.TrueForAll(static name => name == nameof(LoopConnection)),
            "no connection and no socket was left",
            () => string.Join(' ', alive));
        await Waiting.Until(() => CountDescriptors() <= descriptors, $"there were {descriptors} descriptors as before");
        await Waiting.Until(() => Timer.ActiveCount <= timers, $"there were {timers} timers as before");
        app.Log.Problems.ShouldBeEmpty();
    }

    /// <summary>Every kind of visit, many at once.</summary>
    private static async Task VisitAsync(StorkApp app, int rounds, Action? behindEach = null)
    {
        for (var round = 0; round < rounds; round++)
        {
            await Task.WhenAll(Visits.SelectMany(visit => Enumerable.Range(0, AtOnce).Select(_ => visit(app))));
            behindEach?.Invoke();
        }
    }

    private static async Task UntilNobodyIsThere(StorkApp app, ManualTime time)
    {
        await Waiting.Until(
            () =>
            {
                // Those that left without a word are found out by the heartbeat.
                time.Advance(TimeSpan.FromSeconds(30));
                return app.IO.ConnectionCount == 0 && app.IO.Engine.Wheel.Count == 0 && !app.Connections().Any();
            },
            "no session, no timer and no connection was left");
        app.IO.Sockets.Count.ShouldBe(0);
        app.Loops().Sum(static loop => loop.Entries.Length).ShouldBe(1, "the listener");
    }

    private static async Task LeaveAsync(StorkApp app)
    {
        using var client = await OpenAsync(app);
        await client.SendAsync(ClientFrame.Close(1000));
        await client.ReceiveRestAsync();
    }

    private static async Task BreakOffAsync(StorkApp app)
    {
        using var client = await OpenAsync(app);
        client.Reset();
    }

    private static async Task BreakOffAsync(StorkApp app, string said)
    {
        using var client = await ConnectAsync(app);
        await client.SendAsync(said);
        client.Reset();
    }

    /// <summary>A client that has joined, and was answered.</summary>
    private static async Task<HttpClientSocket> OpenAsync(StorkApp app)
    {
        var client = await ConnectAsync(app);
        await client.SendAsync(Open);
        await client.ReceiveUntilAsync("\"maxPayload\"");
        await client.SendAsync([.. ClientFrame.Text("40"), .. ClientFrame.Text("421[\"ping\"]")]);
        await client.ReceiveUntilAsync("431[true]");
        return client;
    }

    private static async Task PollAsync(StorkApp app, bool saysSo)
    {
        using var client = await ConnectAsync(app);
        var session = await OpenByPollingAsync(client);
        await PostAsync(client, session, "40");
        await client.SendAsync(Get(session));
        await client.ReceiveUntilAsync("40{");
        if (saysSo) await PostAsync(client, session, "41\x1e" + "1");
        else client.Reset();
    }

    private static async Task UpgradeAsync(StorkApp app, bool isCompleted)
    {
        using var client = await ConnectAsync(app);
        using var probe = await ConnectAsync(app);
        var session = await OpenByPollingAsync(client);
        await PostAsync(client, session, "40");
        await probe.SendAsync($"GET /socket.io/?EIO=4&transport=websocket&sid={session} HTTP/1.1\r\n{Upgrade}");
        await probe.ReceiveUntilAsync("\r\n\r\n");
        await probe.SendAsync(ClientFrame.Text("2probe"));
        await probe.ReceiveUntilAsync("3probe");
        if (isCompleted)
        {
            await probe.SendAsync([.. ClientFrame.Text("5"), .. ClientFrame.Text("421[\"ping\"]")]);
            await probe.ReceiveUntilAsync("431[true]");
            await probe.SendAsync(ClientFrame.Close(1000));
            await probe.ReceiveRestAsync();
        }

        probe.Reset();
        client.Reset();
    }

    private static async Task<string> OpenByPollingAsync(HttpClientSocket client)
    {
        await client.SendAsync(Get(session: null));
        var answer = await client.ReceiveUntilAsync("}");
        var start = answer.IndexOf("\"sid\":\"", StringComparison.Ordinal) + 7;
        return answer[start..answer.IndexOf('"', start)];
    }

    private static async Task PostAsync(HttpClientSocket client, string session, string packets)
    {
        await client.SendAsync(
            $"POST /socket.io/?EIO=4&transport=polling&sid={session} HTTP/1.1\r\nHost: x\r\nContent-Length: {packets.Length}\r\n\r\n"
            + packets);
        await client.ReceiveUntilAsync("\r\n\r\nok");
    }

    private static string Get(string? session) =>
        $"GET /socket.io/?EIO=4&transport=polling{(session is null ? "" : "&sid=" + session)} HTTP/1.1\r\nHost: x\r\n\r\n";

    private static Task<HttpClientSocket> ConnectAsync(StorkApp app) =>
        HttpClientSocket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, app.Url.Port));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Remember(List<WeakReference> remains, params object[] all)
    {
        lock (remains) remains.AddRange(all.Select(static one => new WeakReference(one)));
    }

    /// <summary>The connections that are there at the moment.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Remember(List<WeakReference> remains, StorkApp app) => Remember(remains, [.. app.Connections()]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static List<string> CollectAndFindAlive(List<WeakReference> remains)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return [.. remains.Select(static remain => remain.Target?.GetType().Name).OfType<string>()];
    }

    private static int CountDescriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
