using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class AdministrationTests
{
    [Fact]
    public async Task Nobody_gets_in_unless_the_application_says_who_may()
    {
        await using var app = await StartAsync(protect: false);
        foreach (var path in new[] { "/stork/queues", "/stork/inboxes", "/stork/queues/numbers/messages" })
        {
            var answer = await SendAsync(app, HttpMethod.Get, path, "ada");
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        }

        (await SendAsync(app, HttpMethod.Post, "/stork/queues/numbers/purge", "ada", "{}")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_policy_decides_who_gets_in()
    {
        await using var app = await StartAsync();
        (await SendAsync(app, HttpMethod.Get, "/stork/queues", name: null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await SendAsync(app, HttpMethod.Get, "/stork/queues", "bob")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync(app, HttpMethod.Post, "/stork/queues/numbers/purge", "bob", "{}")).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await SendAsync(app, HttpMethod.Get, "/stork/queues", "ada")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Lists_queues_by_name_with_depth_and_age_in_pages()
    {
        await using var app = await StartAsync();
        foreach (var name in new[] { "b", "a", "c" }) await app.IO.Queue<int>(name).EnqueueManyAsync([1, 2]);
        await app.IO.Store!.Inbox("user:42").EnqueueAsync(new Message("[]"u8.ToArray()));

        var first = await GetAsync(app, "/stork/queues?limit=2");
        Names(first).ShouldBe(["a", "b"]);
        var queue = first.GetProperty("queues")[0];
        queue.GetProperty("statistics").GetProperty("ready").GetInt32().ShouldBe(2);
        queue.GetProperty("statistics").GetProperty("kind").GetString().ShouldBe("Work");
        TimeSpan.Parse(queue.GetProperty("oldestAge").GetString()!).ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero);
        queue.GetProperty("deadLetters").GetInt32().ShouldBe(0);
        var second = await GetAsync(app, $"/stork/queues?limit=2&after={first.GetProperty("next").GetString()}");
        Names(second).ShouldBe(["c"]);
        second.TryGetProperty("next", out _).ShouldBeFalse();
        Names(await GetAsync(app, "/stork/inboxes?prefix=user:")).ShouldBe(["user:42"]);
        (await GetAsync(app, "/stork/inboxes/user%3A42")).GetProperty("statistics").GetProperty("ready").GetInt32().ShouldBe(1);
        foreach (var wrong in new[] { "limit=0", "limit=1001", "limit=x", "limit=-1" })
            (await SendAsync(app, HttpMethod.Get, $"/stork/queues?{wrong}", "ada")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Thousands_of_inboxes_come_in_pages_each_once()
    {
        const int Count = 2500;
        await using var app = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, Count).Select(i =>
            app.IO.Store!.Inbox($"user:{i}").EnqueueAsync(new Message("[]"u8.ToArray()))));
        var names = new List<string>();
        var pages = 0;
        for (string? after = ""; after is not null; pages++)
        {
            var page = await GetAsync(app, $"/stork/inboxes?limit=1000&prefix=user:&after={Uri.EscapeDataString(after)}");
            names.AddRange(Names(page));
            after = page.TryGetProperty("next", out var next) ? next.GetString() : null;
        }

        pages.ShouldBe(3);
        names.ShouldBe(Enumerable.Range(0, Count).Select(i => $"user:{i}").Order(StringComparer.Ordinal));
        Names(await GetAsync(app, "/stork/inboxes")).Count().ShouldBe(100, "unless said otherwise");
    }

    [Fact]
    public async Task Rates_are_measured_between_looks()
    {
        await using var app = await QueueApp.StartAsync();
        var admin = app.Services.GetRequiredService<QueueAdmin>();
        var queue = app.IO.Queue<int>("numbers");
        await queue.EnqueueAsync(1);
        (await admin.GetAsync(QueueKind.Work, "numbers"))!.EnqueuedPerSecond.ShouldBeNull();
        for (var i = 0; i < 20; i++) await queue.EnqueueAsync(i);
        app.Time.Advance(TimeSpan.FromSeconds(10));
        var report = (await admin.GetAsync(QueueKind.Work, "numbers"))!;
        report.EnqueuedPerSecond.ShouldBe(2);
        report.AckedPerSecond.ShouldBe(0);
        report.OldestAge.ShouldBe(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Browses_by_state_and_peeks_without_taking()
    {
        await using var app = await StartAsync();
        var queue = app.IO.Queue<string>("jobs");
        await queue.EnqueueAsync("now");
        await queue.EnqueueAsync("later", new EnqueueOptions { Delay = TimeSpan.FromHours(1), Key = "k" });
        var scheduled = await GetAsync(app, "/stork/queues/jobs/messages?state=scheduled");
        var message = scheduled.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem().GetProperty("message");
        message.GetProperty("sequence").GetInt64().ShouldBe(2);
        message.GetProperty("key").GetString().ShouldBe("k");
        message.TryGetProperty("body", out _).ShouldBeFalse();
        var page = await GetAsync(app, "/stork/queues/jobs/messages?limit=1");
        page.GetProperty("next").GetInt64().ShouldBe(2);
        (await GetAsync(app, "/stork/queues/jobs/messages/1")).GetProperty("text").GetString().ShouldBe("\"now\"");
        (await app.IO.Store!.Queue("jobs").GetStatisticsAsync())!.Ready.ShouldBe(1);
        (await SendAsync(app, HttpMethod.Get, "/stork/queues/jobs/messages/3", "ada")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await SendAsync(app, HttpMethod.Get, "/stork/queues/nothing", "ada")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        foreach (var wrong in new[] { "state=gone", "state=1", "state=none", "from=-1" })
            (await SendAsync(app, HttpMethod.Get, $"/stork/queues/jobs/messages?{wrong}", "ada"))
                .StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_payload_never_comes_as_html()
    {
        await using var app = await StartAsync();
        const string Evil = "<script>alert(1)</script>";
        await app.IO.Queue<string>("jobs").EnqueueAsync(Evil, new EnqueueOptions { Key = Evil });
        await app.IO.Store!.Queue("jobs").EnqueueAsync(new Message(new byte[] { 0xFF, 0x3C }));
        string[] paths =
        [
            "/stork/queues/jobs/messages/1",
            "/stork/queues/jobs/messages",
            "/stork/queues/jobs/messages/2",
            "/stork/queues/%3Cscript%3E",
        ];
        foreach (var path in paths)
        {
            var answer = await SendAsync(app, HttpMethod.Get, path, "ada");
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
            answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("sandbox");
            (await answer.Content.ReadAsStringAsync()).ShouldNotContain("<");
        }

        (await GetAsync(app, "/stork/queues/jobs/messages/1")).GetProperty("text").GetString().ShouldBe($"\"{Evil}\"");
        var base64 = (await GetAsync(app, "/stork/queues/jobs/messages/2")).GetProperty("base64").GetString()!;
        Convert.FromBase64String(base64).ShouldBe([0xFF, 0x3C]);
    }

    [Fact]
    public async Task A_large_payload_is_cut()
    {
        await using var app = await StartAsync();
        await app.IO.Queue<string>("jobs").EnqueueAsync("x" + new string('ä', 100_000));
        var message = await GetAsync(app, "/stork/queues/jobs/messages/1");
        message.GetProperty("isTruncated").GetBoolean().ShouldBeTrue();
        var text = message.GetProperty("text").GetString()!;
        Encoding.UTF8.GetByteCount(text).ShouldBeInRange(65_530, 65_536);
        text[^1].ShouldBe('ä');
    }

    [Fact]
    public async Task Dead_letters_show_their_attempts_and_are_redriven()
    {
        await using var app = await StartAsync(options: o => o.ConfigureQueue(
            "numbers", q => q with { MaxFailures = 1, Backoff = TimeSpan.Zero, MaxBackoff = TimeSpan.Zero }));
        var queue = app.IO.Queue<int>("numbers");
        var works = false;
        queue.Consume((_, _) => works ? Task.CompletedTask : throw new FormatException("<b>broken</b>"));
        await queue.EnqueueManyAsync([1, 2, 3]);
        await Waiting.Until(() => app.IO.Store!.Queue("numbers").GetStatisticsAsync().Result!.DeadLettered == 3, "all were dead");
        var page = await GetAsync(app, "/stork/queues/numbers/dead-letters");
        var letters = page.GetProperty("messages").EnumerateArray().ToList();
        letters.Count.ShouldBe(3);
        var dead = letters[0].GetProperty("message").GetProperty("deadLetter");
        dead.GetProperty("reason").GetString().ShouldBe("DeliveryLimit");
        dead.GetProperty("error").GetString().ShouldBe("FormatException: <b>broken</b>");
        dead.GetProperty("attempts").EnumerateArray().ShouldAllBe(a => a.GetProperty("outcome").GetString() == "Nacked");
        (await GetAsync(app, "/stork/queues")).GetProperty("queues")[0].GetProperty("deadLetters").GetInt32().ShouldBe(3);

        works = true;
        (await PostAsync(app, "/stork/queues/numbers/redrive", """{"max":2}""")).GetProperty("count").GetInt32().ShouldBe(2);
        await Waiting.Until(() => app.IO.Store!.Queue("numbers").GetStatisticsAsync().Result!.Acked == 2, "the redriven were done");
        (await PostAsync(app, "/stork/queues/numbers/dead-letters/purge", "{}")).GetProperty("count").GetInt32().ShouldBe(1);
        (await GetAsync(app, "/stork/queues/numbers/dead-letters")).GetProperty("messages").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task An_inbox_shows_its_own_dead_letters_only()
    {
        await using var app = await StartAsync();
        foreach (var identity in new[] { "ann", "ben", "ann" })
            await app.IO.Store!.Inbox(identity).EnqueueAsync(new Message("[1]"u8.ToArray()));
        foreach (var identity in new[] { "ann", "ben" })
        {
            await using var consumer = await app.IO.Store!.Inbox(identity).SubscribeAsync();
            for (var i = identity == "ann" ? 2 : 1; i > 0; i--) await (await consumer.ReceiveAsync().Within("a message")).RejectAsync("no");
        }

        (await GetAsync(app, "/stork/inboxes/ann/dead-letters")).GetProperty("messages").GetArrayLength().ShouldBe(2);
        (await GetAsync(app, "/stork/inboxes/ben/dead-letters/3")).GetProperty("text").GetString().ShouldBe("[1]");
        (await PostAsync(app, "/stork/inboxes/ann/redrive", "{}")).GetProperty("count").GetInt32().ShouldBe(2);
        (await GetAsync(app, "/stork/inboxes/ben/dead-letters")).GetProperty("messages").GetArrayLength().ShouldBe(1);
        (await SendAsync(app, HttpMethod.Post, "/stork/inboxes/ann/dead-letters/purge", "ada", "{}"))
            .StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
    }

    [Fact]
    public async Task Pauses_resumes_and_purges()
    {
        await using var app = await StartAsync();
        var queue = app.IO.Queue<int>("a/b");
        await queue.EnqueueAsync(1);
        (await PostAsync(app, "/stork/queues/a%2Fb/pause", "{}")).GetProperty("status").GetString().ShouldBe("ok");
        (await queue.Queue.GetStatisticsAsync())!.Paused.ShouldBeTrue();
        await PostAsync(app, "/stork/queues/a%2Fb/resume", "{}");
        (await queue.Queue.GetStatisticsAsync())!.Paused.ShouldBeFalse();
        (await PostAsync(app, "/stork/queues/a%2Fb/purge", "{}")).GetProperty("count").GetInt32().ShouldBe(1);
        (await queue.Queue.GetStatisticsAsync())!.Purged.ShouldBe(1);
        (await app.Log.WaitForAsync(69)).Message.ShouldBe("pause of Work \"a/b\" by ada.");
        (await SendAsync(app, HttpMethod.Post, "/stork/queues/unknown/pause", "ada", "{}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await app.IO.Store!.Queue("unknown").GetStatisticsAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_change_needs_a_post_with_a_content_type_no_form_can_send()
    {
        await using var app = await StartAsync();
        await app.IO.Queue<int>("numbers").EnqueueAsync(1);
        foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", null })
            (await SendAsync(app, HttpMethod.Post, "/stork/queues/numbers/purge", "ada", "{}", type))
                .StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await SendAsync(app, HttpMethod.Get, "/stork/queues/numbers/purge", "ada")).StatusCode.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await SendAsync(app, HttpMethod.Post, "/stork/queues/numbers/redrive", "ada", "{\"max\":0}"))
            .StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SendAsync(app, HttpMethod.Post, "/stork/queues/numbers/redrive", "ada", "[")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await SendAsync(app, HttpMethod.Post, "/stork/queues/numbers/redrive", "ada", new string(' ', 20_000)))
            .StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await app.IO.Store!.Queue("numbers").GetStatisticsAsync())!.Ready.ShouldBe(1);
    }

    private static Task<StorkApp> StartAsync(bool protect = true, Action<SocketIOOptions>? options = null) => StorkApp.StartAsync(
        io =>
        {
            io.DataDirectory = "not used";
            io.Store = new QueueStoreOptions { Durability = Durability.Memory, SegmentSize = 1 << 20 };
            options?.Invoke(io);
        },
        services: ByName.AddTo,
        pipeline: app =>
        {
            app.UseAuthentication();
            app.UseAuthorization();
            var admin = app.MapQueueAdmin("/stork");
            if (protect) admin.RequireAuthorization("operators");
            return app.MapSocketIO();
        });

    private static IEnumerable<string> Names(JsonElement page) =>
        page.GetProperty("queues").EnumerateArray().Select(q => q.GetProperty("statistics").GetProperty("name").GetString()!);

    private static async Task<JsonElement> GetAsync(StorkApp app, string path) =>
        await ReadAsync(await SendAsync(app, HttpMethod.Get, path, "ada"));

    private static async Task<JsonElement> PostAsync(StorkApp app, string path, string body) =>
        await ReadAsync(await SendAsync(app, HttpMethod.Post, path, "ada", body));

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<HttpResponseMessage> SendAsync(
        StorkApp app, HttpMethod method, string path, string? name, string? body = null, string? type = "application/json")
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (name is not null) request.Headers.Add(ByName.Header, name);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (type is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return await app.Http.SendAsync(request).Within($"the answer to {method} {path}");
    }
}
