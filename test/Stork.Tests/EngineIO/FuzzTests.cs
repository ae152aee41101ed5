using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using Stork.EngineIO.WebSockets.Compression;
using Stork.Tests.Clients;
using Stork.Tests.EngineIO.WebSockets;
using Stork.Tests.EngineIO.WebSockets.Compression;
using Stork.Tests.Timing;
using Stork.Wire;

namespace Stork.Tests.EngineIO;

/// <summary>
/// Sessions of nonsense: valid packets and their mutations, over both transports and through upgrades, compressed or not, broken off
/// anywhere. Whatever is sent, the server logs no error, loses no exception, goes on serving others, and nothing of the session is left
/// when its client is gone.
/// </summary>
public class FuzzTests
{
    private static readonly string[] Corpus =
    [
        "40", "40/chat,", "40/d1,{\"token\":1}", "41", "41/chat,", "3", "2", "2probe", "5", "6", "1", "0",
        "42[\"echo\",1,\"x\"]", "421[\"echo\",{\"a\":[1,2]}]",
        "42/chat,7[\"echo\"]", "423[\"later\",1]", "424[\"fail\"]", "425[\"typed\",1,\"two\"]", "426[\"ask\"]",
        "42[\"all\",\"x\"]", "42[\"kick\"]", "42[\"leave\"]",
        "42[\"room\",\"r1\"]", "431[1]", "432[]", "43[\"x\"]", "451-[\"echo\",{\"_placeholder\":true,\"num\":0}]",
        "452-9[\"typed\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]",
        "461-1[{\"_placeholder\":true,\"num\":0}]", "bAQID", "b", "4", "",
        "44{\"message\":\"x\"}", "42[\"\\ud800\",\"\\u0000\"]", "42[1e400,-0]", "42[\"disconnect\"]", "47", "x",
        "42[\"echo\",[[[[[[[[]]]]]]]]]", "\x1e", "40{}40",
    ];

    private static readonly string[] Fragments =
    [
        "\x1e", "[", "]", "{", "}", "\"", "_placeholder", "num", "9999999999", "-", ",", "/", "\\", "\\ud83d", "é", "😀", "\0", "null",
        "1-",
        "b", "4",
    ];

    private readonly ConcurrentQueue<Exception> _unobserved = new();

    [Fact]
    public async Task Nothing_breaks_and_nothing_is_left()
    {
        // What tests before this one have left behind is not meant.
        Collect();
        TaskScheduler.UnobservedTaskException += OnUnobserved;
        try
        {
            var time = new ManualTime();
            await using var app = await StartAsync(time);
            await using var bystander = await WebSocketClient.OpenAsync(app);
            await bystander.JoinAsync("/quiet");
            await Parallel.ForEachAsync(Enumerable.Range(0, 300), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (seed, _) =>
            {
                var random = new Random(seed);
                try
                {
                    if (seed % 3 == 0) await FuzzWebSocketAsync(app, random);
                    else await FuzzPollingAsync(app, random, withUpgrade: seed % 3 == 2);
                }
                catch (Exception ended) when (ended is ConnectionClosedException or IOException or System.Net.WebSockets.WebSocketException)
                {
                    // Which is what most of this deserves.
                }
            });

            await bystander.SendAsync("42/quiet,1[\"alive?\"]");
            await bystander.ShouldReceive("43/quiet,1[true]");
            await bystander.DisposeAsync();
            // Clients that are simply gone are found out by the heartbeat, farewells that nobody fetches expire.
            await Waiting.Until(
                () =>
                {
                    time.Advance(TimeSpan.FromSeconds(30));
                    return app.IO.ConnectionCount == 0 && app.IO.Engine.Wheel.Count == 0;
                },
                "nothing was left");

            await Waiting.Until(() => app.IO.Sockets.Count == 0 && app.IO.Of("/chat").Sockets.Count == 0, "no socket was left");
            await Waiting.Until(() => app.IO.MainNamespace.Adapter.GetRooms().Count == 0, "no room was left");
            // The end is logged an instant after it has come.
            await Waiting.Until(() => app.Log.Of(1).Count() == app.Log.Of(2).Count(), "every end of a connection was logged");
            await Waiting.Until(() => app.Log.Of(10).Count() == app.Log.Of(11).Count(), "every end of a socket was logged");
            app.Log.Problems.ShouldBeEmpty();
        }
        finally
        {
            Collect();
            TaskScheduler.UnobservedTaskException -= OnUnobserved;
        }

        _unobserved.ShouldBeEmpty(string.Join('\n', _unobserved));
    }

    /// <summary>Has exceptions raised that nobody has looked at.</summary>
    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    private static async Task<StorkApp> StartAsync(TimeProvider time)
    {
        var app = await StorkApp.StartAsync(
            options =>
            {
                options.MaxHttpBufferSize = 20_000;
                options.MaxOutputBufferSize = 200_000;
                options.MaxPendingEvents = 20;
                options.CleanupEmptyChildNamespaces = true;
                options.PerMessageDeflate = new PerMessageDeflateOptions
                {
                    Threshold = 10,
                    ServerContextTakeover = true,
                    ClientContextTakeover = true,
                };
            },
            time);
        app.IO.OnConnection(Listen);
        app.IO.Of("/chat").OnConnection(Listen);
        app.IO.Of(new Regex("^/d\\d$")).OnConnection(Listen);
        app.IO.Of("/quiet").OnConnection(socket => socket.On("alive?", () => true));
        return app;
    }

    private static void Listen(Socket socket)
    {
        socket.On("echo", (EventArguments all, Acknowledgement answer) => answer.SendAsync(all));
        socket.On("later", async (int n) =>
        {
            await Task.Yield();
            return n;
        });
        socket.On("typed", (byte[]? data, string? text) => $"{data?.Length} {text}");
        socket.On("fail", () => throw new AcknowledgementException("failed", "As it should."));
        socket.On("ask", () =>
        {
            _ = socket.Timeout(TimeSpan.FromSeconds(5)).EmitWithAckAsync<int>("question")
                .ContinueWith(task => task.Exception, TaskScheduler.Default);
        });
        socket.On("all", (EventArguments all) => socket.Namespace.EmitAsync("to all", all));
        socket.On("room", (string? room) => socket.JoinAsync(room ?? "none"));
        socket.On("leave", () => socket.DisconnectAsync());
        socket.On("kick", () => socket.DisconnectAsync(close: true));
        socket.OnDisconnect(_ => socket.EmitAsync("too late").AsTask());
    }

    private static async Task FuzzWebSocketAsync(StorkApp app, Random random)
    {
        var offer = random.Next(3) == 0 ? null : "permessage-deflate";
        await using var client = await StalledClient.OpenAsync(app, extensions: offer, inflater: new MessageInflater(15, takesOver: true));
        Task? receiving = null;
        for (var step = random.Next(1, 12); step > 0; step--)
        {
            var frames = new List<byte[]>();
            for (var i = random.Next(1, 20); i > 0; i--)
            {
                var payload = Encoding.UTF8.GetBytes(random.Next(3) == 0 ? Corpus[random.Next(Corpus.Length)] : Mutate(random));
                frames.Add(random.Next(12) switch
                {
                    0 => ClientFrame.Of(WebSocketOpcode.Binary, payload),
                    1 => ClientFrame.Of(WebSocketOpcode.Ping, payload.AsSpan(0, Math.Min(100, payload.Length))),
                    2 when random.Next(4) == 0 => ClientFrame.Close(1000),
                    3 when random.Next(4) == 0 => Garbage(random),
                    4 or 5 when offer is not null => DeflatedFrame.OfMessage(WebSocketOpcode.Text, payload),
                    6 when random.Next(8) == 0 => DeflatedFrame.Of(WebSocketOpcode.Text, payload),
                    _ => ClientFrame.Of(WebSocketOpcode.Text, payload),
                });
            }

            var bytes = ClientFrame.Concat(frames);
            if (random.Next(10) == 0) bytes = bytes[..random.Next(bytes.Length)];
            await client.SendBytesAsync(bytes);
            if (random.Next(3) > 0) continue;
            // Much of this has no answer.
            receiving ??= client.ReceiveAsync();
            if (await Task.WhenAny(receiving, GlanceAsync()) != receiving) continue;
            await receiving;
            receiving = null;
        }

        _ = receiving?.ContinueWith(ended => ended.Exception, TaskScheduler.Default);

        if (random.Next(2) == 0) await client.SendBytesAsync(ClientFrame.Close(1000));
    }

    private static async Task FuzzPollingAsync(StorkApp app, Random random, bool withUpgrade)
    {
        await using var client = await PollingClient.OpenAsync(app);
        await using var probe = withUpgrade ? await WebSocketClient.OpenProbeAsync(app, client.SessionId) : null;
        var pending = new List<Task>();
        for (var step = random.Next(2, 12); step > 0; step--)
        {
            switch (random.Next(6))
            {
                case 0:
                    pending.Add(client.GetAsync());
                    break;
                case 1 when probe is not null:
                    var usual = new[] { "2probe", "5", "42[\"echo\"]", "40" };
                    await probe.SendAsync(random.Next(4) == 0 ? Mutate(random) : usual[random.Next(4)]);
                    break;
                case 2 when random.Next(8) == 0:
                    pending.Add(client.PostAsync("1"));
                    break;
                default:
                    var packets = Enumerable.Range(0, random.Next(1, 30))
                        .Select(_ => random.Next(4) > 0 ? Corpus[random.Next(27)] : Mutate(random));
                    pending.Add(client.PostAsync(string.Join('\x1e', packets)));
                    if (random.Next(5) > 0) await pending[^1];
                    break;
            }
        }

        // Some wait for their answers, the others break off.
        if (random.Next(2) == 0)
        {
            foreach (var task in pending) await Task.WhenAny(task, GlanceAsync());
        }

        foreach (var task in pending) _ = task.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
    }

    /// <summary>As long as a client waits for something that may come or not.</summary>
    private static Task GlanceAsync() => Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);

    private static string Mutate(Random random)
    {
        var text = new StringBuilder(Corpus[random.Next(Corpus.Length)]);
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(text.Length + 1);
            switch (random.Next(6))
            {
                case 0 when text.Length > 0:
                    text.Remove(random.Next(text.Length), 1);
                    break;
                case 1:
                    text.Insert(at, Fragments[random.Next(Fragments.Length)]);
                    break;
                case 2:
                    text.Length = at;
                    break;
                case 3:
                    text.Insert(at, Corpus[random.Next(Corpus.Length)]);
                    break;
                case 4:
                    text.Insert(at, new string((char)random.Next(32, 127), random.Next(1, 2_000)));
                    break;
                default:
                    if (at < text.Length) text[at] = (char)random.Next(1, 256);
                    break;
            }
        }

        return text.ToString();
    }

    private static byte[] Garbage(Random random)
    {
        var bytes = new byte[random.Next(1, 50)];
        random.NextBytes(bytes);
        return bytes;
    }

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs unobserved)
    {
        // Other tests run in the same process; what counts is what the server itself threw.
        foreach (var exception in unobserved.Exception.Flatten().InnerExceptions)
        {
            if (exception.StackTrace is { } trace
                && trace.Contains("at Stork.", StringComparison.Ordinal)
                && !trace.Contains("Stork.Tests", StringComparison.Ordinal))
            {
                _unobserved.Enqueue(exception);
            }
        }
    }
}
