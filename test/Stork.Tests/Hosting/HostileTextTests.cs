using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Stork.Queues;
using Stork.Shared;
using Stork.Tests.Clients;
using Stork.Tests.Recovery;

namespace Stork.Tests.Hosting;

/// <summary>Clients choose names, ids and reasons; what they choose can neither forge lines of the log nor fill it, nor
/// order terminals about.</summary>
public sealed partial class HostileTextTests
{
    private const string Marker = "hostile";
    private const int Megabyte = 900_000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly string[] Texts =
    [
        $"{Marker}\r\nfatal: forged",
        $"{Marker}\u001b[2J\u001b]0;title\u0007",
        $"{Marker}\u0085\u2028line\u2029paragraph",
        $"{Marker}\u202etxt.exe\u2066\u200f\u061c",
        $"{Marker}\0\b\u007f\u009b",
        $"{Marker}\ufeff\u200b\u00ad",
        $"{Marker}{{SocketId}}{{0}}",
        $"{Marker}\ud800",
        $"{Marker}\udc00x",
        Marker + new string('x', Megabyte),
        Marker + string.Concat(Enumerable.Repeat("\r\n", Megabyte / 20)),
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, Texts.Length)];

    [Theory]
    [MemberData(nameof(All))]
    public async Task Whatever_clients_send_is_escaped_and_cut_in_logs_traces_and_meters(int index)
    {
        var text = Texts[index];
        var traces = new ConcurrentBag<Activity>();
        var labels = new ConcurrentBag<string>();
        using var activities = Listen(traces);
        using var meters = Listen(labels);
        using var directory = new DataDirectory();
        await using var app = await StartAsync(directory.Path);
        await using (var client = await WebSocketClient.OpenAsync(app, query: "&user=ada"))
        {
            await client.JoinAsync();
            var json = JsonSerializer.Serialize(text);
            if (text.Contains('\ud800')) json = $"\"{Marker}\\ud800\"";
            if (text.Contains("\udc00x", StringComparison.Ordinal)) json = $"\"{Marker}\\udc00x\"";
            await client.SendAsync(
                $"421[{json},1]",
                $"422[\"fail\",{json}]",
                $"423[\"fields\",{{{json}:\"no number\"}}]",
                $"424[\"mapped\",{json}]",
                $"425[\"data\",{json}]",
                $"426[\"room\",{json}]",
                $"427[\"job\",{json}]");
            await client.SendAsync("429[\"done?\"]");
            while (!(await client.ReceiveAsync()).StartsWith("439[", StringComparison.Ordinal))
            {
            }

            // Of a namespace's name a client can write 512 bytes, and no half of a pair.
            var name = new string([.. text.Take(100).Where(unit => !char.IsSurrogate(unit))]);
            foreach (var kind in new[] { "unknown", "refused", "failing", "handler" })
            {
                await client.SendAsync($"40/{kind}{name},");
                await client.ReceiveAsync();
            }
        }

        await app.UntilConnections(0);
        await app.Log.WaitForAsync(62);
        await app.Log.WaitForAsync(22);

        var lines = app.Log.Entries.Where(entry => entry.Category.StartsWith("Stork", StringComparison.Ordinal)).ToList();
        var texts = lines.SelectMany(TextsOf)
            .Concat(traces.SelectMany(TextsOf))
            .Concat(labels)
            .Where(shown => shown.Contains(Marker, StringComparison.Ordinal))
            .ToList();
        texts.Count.ShouldBeGreaterThan(20);
        foreach (var shown in texts)
        {
            shown.Length.ShouldBeLessThan(20_000, LogText.Of(shown));
            Should.NotThrow(() => StrictUtf8.GetByteCount(shown), "There are no halves of pairs.");
            foreach (var rune in shown.EnumerateRunes()) IsHarmless(rune).ShouldBeTrue($"U+{rune.Value:X4} in {LogText.Of(shown)}");
        }

        // All of them were there to be seen.
        int[] expected = index == 7 || index == 8 ? [12, 13, 14, 20, 23, 62, 101] : [12, 13, 14, 20, 21, 22, 23, 24, 62, 101];
        foreach (var id in expected)
            lines.ShouldContain(entry => entry.EventId == id && TextsOf(entry).Any(shown => shown.Contains(Marker)), $"event {id}");
        lines.Sum(entry => (long)entry.Message.Length).ShouldBeLessThan(200_000);
    }

    [Theory]
    [InlineData("\u202etxt.example", @"\u202e")]
    [InlineData("\u2028forged.example", @"\u2028")]
    public async Task An_origin_is_shown_escaped(string name, string shown)
    {
        await using var app = await StorkApp.StartAsync();
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(app.Url.Host, app.Url.Port).Within("the connection");
        var request = $"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: shop.example\r\nOrigin: http://{name}\r\n"
            + "Cookie: a=b\r\nConnection: close\r\n\r\n";
        await tcp.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request));
        using var answer = new StreamReader(tcp.GetStream());
        (await answer.ReadToEndAsync().Within("the answer")).ShouldStartWith("HTTP/1.1 403");
        app.Log.Of(100).ShouldHaveSingleItem().Message.ShouldContain(shown);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("plain text, \"quotes\" and {braces}", "plain text, \"quotes\" and {braces}")]
    [InlineData("Grüße, 日本, 😀", "Grüße, 日本, 😀")]
    [InlineData("a\r\n\tb", @"a\r\n\tb")]
    [InlineData("\u001b[31m", @"\u001b[31m")]
    [InlineData("\u2028\u2029\u0085", @"\u2028\u2029\u0085")]
    [InlineData("\u202e\u2066\u200f\u061c", @"\u202e\u2066\u200f\u061c")]
    [InlineData("\U000e0041x", @"\udb40\udc41x")]
    public void Text_is_shown_as_it_is_unless_it_would_do_something(string? text, string? shown) => LogText.Of(text).ShouldBe(shown);

    [Fact]
    public void Halves_of_pairs_are_shown_escaped()
    {
        LogText.Of("a\ud83db").ShouldBe(@"a\ud83db");
        LogText.Of("\ude00").ShouldBe(@"\ude00");
    }

    [Theory]
    [InlineData(5, 5, "xxxxx")]
    [InlineData(6, 5, "xxxxx… (6 characters)")]
    public void Of_a_long_text_the_beginning_is_shown(int length, int most, string shown) =>
        LogText.Of(new string('x', length), most).ShouldBe(shown);

    [Fact]
    public void No_pair_is_cut_in_two() => LogText.Of("ab😀", 3).ShouldBe("ab… (4 characters)");

    [Fact]
    public void A_harmless_exception_is_logged_as_it_is()
    {
        var log = new RecordedLog();
        var plain = new InvalidOperationException("one line", new FormatException("another"));
        new EscapingLogger(log.CreateLogger("Stork")).LogError(plain, "It failed: {Reason}", "plain");
        var entry = log.Entries.ShouldHaveSingleItem();
        entry.Exception.ShouldBeSameAs(plain);
        entry.Message.ShouldBe("It failed: plain");
    }

    [Fact]
    public void Another_exception_keeps_what_is_not_text()
    {
        Exception failure;
        try
        {
            throw new InvalidOperationException("outer", new FormatException("two\r\nlines"));
        }
        catch (InvalidOperationException thrown)
        {
            failure = thrown;
        }

        var log = new RecordedLog();
        new EscapingLogger(log.CreateLogger("Stork")).LogError(failure, "It failed {Times} times: {Reason} of {None}", 2, "a\nb", null);
        var entry = log.Entries.ShouldHaveSingleItem();
        entry.Message.ShouldBe(@"It failed 2 times: a\nb of (null)");
        entry.Values.ShouldContain(new KeyValuePair<string, object?>("Times", 2));
        entry.Values.ShouldContain(new KeyValuePair<string, object?>("{OriginalFormat}", "It failed {Times} times: {Reason} of {None}"));
        var shown = entry.Exception!.ToString();
        shown.ShouldStartWith("System.InvalidOperationException: outer");
        shown.ShouldContain(@"System.FormatException: two\r\nlines");
        shown.ShouldContain(nameof(Another_exception_keeps_what_is_not_text));
        entry.Exception.StackTrace.ShouldBe(failure.StackTrace);
    }

    /// <summary>Whether it stays on its line and leaves the others alone; of an exception, its own stack is on lines of its own.</summary>
    private static bool IsHarmless(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    private static IEnumerable<string> TextsOf(RecordedLog.Entry entry)
    {
        yield return entry.Message;
        foreach (var (_, value) in entry.Values) yield return Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        for (var exception = entry.Exception; exception is not null; exception = exception.InnerException)
        {
            yield return exception.Message;
            // Of the whole only what the stack does not say.
            yield return StackLines().Replace(exception.ToString(), "");
        }
    }

    private static IEnumerable<string> TextsOf(Activity activity) =>
    [
        activity.DisplayName,
        activity.OperationName,
        activity.StatusDescription ?? "",
        .. activity.TagObjects.Select(tag => Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? ""),
    ];

    private static ActivityListener Listen(ConcurrentBag<Activity> traces)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Stork",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = traces.Add,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static MeterListener Listen(ConcurrentBag<string> labels)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name.StartsWith("Stork", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
            },
        };
        void Note(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (_, value) in tags) labels.Add(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }

        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => Note(tags));
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) => Note(tags));
        listener.Start();
        return listener;
    }

    private static async Task<StorkApp> StartAsync(string directory)
    {
        var app = await StorkApp.StartAsync(
            options =>
            {
                options.DataDirectory = directory;
                options.Store = options.Store with { SegmentSize = QueueStoreOptions.MinSegmentSize, MinFreeBytes = 0 };
                options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
                options.MaxHttpBufferSize = 8 << 20;
                options.MaxPacketSize = 8 << 20;
                options.MaxRoomsPerSocket = 10;
            },
            pipeline: web =>
            {
                web.Use((context, next) =>
                {
                    context.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, "ada")], "test"));
                    return next();
                });
                return web.MapSocketIO();
            });
        var io = app.IO;
        io.MainNamespace.Adapter.RoomCreated += room => throw new InvalidOperationException(room);
        io.Of(RefusedNames()).Use(socket => throw new ConnectErrorException(socket.Namespace.Name));
        io.Of(FailingNames()).Use(socket => throw new InvalidOperationException("for " + socket.Namespace.Name));
        io.Of(HandlerNames()).OnConnection(socket => throw new FormatException(socket.Namespace.Name));
        io.MapInbox(received => throw new KeyNotFoundException(received.Arguments.Get<string>(0))).FromEvent("mapped");
        io.OnConnection(socket =>
        {
            socket.OnAny(received => throw new InvalidOperationException(received.Name));
            socket.OnDisconnect(reason =>
                throw new InvalidOperationException((string?)socket.Data.Values.OfType<string>().FirstOrDefault() ?? Marker));
            socket.On("fail", (JsonElement text) => throw new InvalidOperationException("outer", new FormatException(Read(text))));
            socket.On("fields", (Dictionary<string, int> _) => { });
            socket.On("data", (JsonElement text) => { socket.Data["last"] = Read(text); });
            socket.On("room", (JsonElement text) => socket.JoinAsync(Read(text)).AsTask());
            socket.On("job", async (JsonElement text) =>
            {
                // An application that has a queue for each customer, of whom it knows what they said.
                var name = new string([.. Read(text).Take(80).Where(unit => !char.IsSurrogate(unit))]);
                var queue = io.Queue<string>(name);
                queue.Consume((_, _) => throw new FormatException(Read(text)));
                await queue.EnqueueAsync("job");
            });
            socket.On("done?", () => { });
        });
        return app;
    }

    /// <summary>The text with its halves of pairs, which a .NET string can have, but System.Text.Json does not make.</summary>
    private static string Read(JsonElement text)
    {
        var raw = text.GetRawText();
        if (raw.Contains("\\ud800", StringComparison.OrdinalIgnoreCase)) return Marker + '\ud800';
        return raw.Contains("\\udc00x", StringComparison.OrdinalIgnoreCase) ? Marker + "\udc00x" : text.GetString()!;
    }

    [GeneratedRegex("^/refused", RegexOptions.None, 1000)]
    private static partial Regex RefusedNames();

    [GeneratedRegex("^/failing", RegexOptions.None, 1000)]
    private static partial Regex FailingNames();

    [GeneratedRegex("^/handler", RegexOptions.None, 1000)]
    private static partial Regex HandlerNames();

    [GeneratedRegex(@"\r?\n( ---> | {3}(at |--- ))[^\n]*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StackLines();
}
