using Stork.Queues;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>Events that are handled once, however often their clients send them.</summary>
public sealed class OnceTests
{
    private const string Answers = "answers:/,order";

    [Fact]
    public async Task A_repeat_gets_the_first_answer_without_the_handler()
    {
        await using var app = await InboxApp.StartAsync();
        var calls = 0;
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", (string id, string what) => $"{what} #{++calls}"));
        await using var client = await app.ConnectAsync();
        await client.SendAsync("421[\"order\",\"x\",\"tea\"]", "422[\"order\",\"x\",\"tea\"]", "423[\"order\",\"y\",\"milk\"]");
        await client.ShouldReceive("431[\"tea #1\"]", "432[\"tea #1\"]", "433[\"milk #2\"]");
    }

    [Fact]
    public async Task The_answer_is_known_after_a_restart_with_its_binary_data()
    {
        var directory = Directory.CreateTempSubdirectory("stork-once-").FullName;
        try
        {
            for (var run = 1; run <= 2; run++)
            {
                await using var app = await InboxApp.StartAsync(directory);
                var text = $"run {run}";
                app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
                app.IO.OnConnection(socket => socket.On("order", async (string id, Acknowledgement answer) =>
                    await answer.SendAsync(text, new byte[] { 1, 2, 3 })));
                await using var client = await app.ConnectAsync();
                await client.SendAsync("421[\"order\",\"x\"]");
                await client.ShouldReceive("461-1[\"run 1\",{\"_placeholder\":true,\"num\":0}]", "bAQID");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_repeat_that_comes_while_the_handler_runs_waits_for_it()
    {
        await using var app = await InboxApp.StartAsync();
        var started = 0;
        var done = new TaskCompletionSource();
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", async (string id) =>
        {
            Interlocked.Increment(ref started);
            await done.Task;
            return 5;
        }));
        await using var client = await app.ConnectAsync();
        await using var again = await app.ConnectAsync();
        await client.SendAsync("421[\"order\",\"x\"]");
        await Waiting.Until(() => started == 1, "the handler ran");
        await again.SendAsync("427[\"order\",\"x\"]");
        done.SetResult();
        await client.ShouldReceive("431[5]");
        await again.ShouldReceive("437[5]");
        started.ShouldBe(1);
    }

    [Fact]
    public async Task An_id_is_its_senders_own()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", (string id) => socket.Id));
        await using var one = await app.ConnectAsync("1");
        await using var other = await app.ConnectAsync("2");
        await one.SendAsync("421[\"order\",\"x\"]");
        var first = await one.ReceiveAsync();
        await other.SendAsync("421[\"order\",\"x\"]");
        (await other.ReceiveAsync()).ShouldNotBe(first);
    }

    [Fact]
    public async Task A_handler_that_fails_has_handled_nothing_and_answers_nothing()
    {
        await using var app = await InboxApp.StartAsync();
        var calls = 0;
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", (string id) =>
            ++calls < 2 ? throw new InvalidOperationException("not today") : calls));
        await using var client = await app.ConnectAsync();
        await client.SendAsync("421[\"order\",\"x\"]");
        await client.ShouldBeQuiet();
        await client.SendAsync("422[\"order\",\"x\"]", "423[\"order\",\"x\"]");
        await client.ShouldReceive("432[2]", "433[2]");
    }

    [Fact]
    public async Task A_refusal_is_answered_and_not_remembered()
    {
        await using var app = await InboxApp.StartAsync();
        var calls = 0;
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", (string id) =>
            ++calls < 2 ? throw new AcknowledgementException("closed", "We are closed.") : calls));
        await using var client = await app.ConnectAsync();
        await client.SendAsync("421[\"order\",\"x\"]", "422[\"order\",\"x\"]");
        await client.ShouldReceive("431[{\"status\":\"error\",\"code\":\"closed\",\"message\":\"We are closed.\"}]", "432[2]");
    }

    [Fact]
    public async Task Without_an_id_the_event_is_refused()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", (string id) => 1));
        await using var client = await app.ConnectAsync();
        foreach (var arguments in new[] { "[\"order\"]", "[\"order\",\"\"]", "[\"order\",{}]" })
        {
            await client.SendAsync("421" + arguments);
            (await client.ReceiveAsync()).ShouldStartWith("431[{\"status\":\"error\",\"code\":\"invalid_arguments\"");
        }
    }

    [Fact]
    public async Task While_the_store_is_in_trouble_there_is_no_answer()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", (string id) => 1));
        await using var client = await app.ConnectAsync();
        await app.IO.Store!.DisposeAsync();
        await client.SendAsync("421[\"order\",\"x\"]");
        await app.App.Log.WaitForAsync(45);
        await client.ShouldBeQuiet();
    }

    [Fact]
    public async Task A_handler_does_not_run_while_the_store_would_refuse_its_answer()
    {
        await using var app = await InboxApp.StartAsync(options: LimitAnswers);
        var calls = 0;
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", (string id) => $"{id} #{++calls}"));
        await using var client = await app.ConnectAsync();
        await client.SendAsync("421[\"order\",\"x\"]");
        await client.ShouldReceive("431[\"x #1\"]");
        for (var attempt = 0; attempt < 6; attempt++) await client.SendAsync("422[\"order\",\"y\"]");
        await client.SendAsync("423[\"order\",\"x\"]");
        await client.ShouldReceive("433[\"x #1\"]");
        calls.ShouldBe(1);
        app.App.Log.Of(45).Count().ShouldBe(6);
        await app.IO.Store!.Queue(Answers).PurgeAsync();
        await client.SendAsync("424[\"order\",\"y\"]", "425[\"order\",\"y\"]");
        await client.ShouldReceive("434[\"y #2\"]", "435[\"y #2\"]");
    }

    [Fact]
    public async Task A_handler_does_not_run_while_the_disk_is_full()
    {
        var directory = Directory.CreateTempSubdirectory("stork-once-").FullName;
        try
        {
            await using var app = await InboxApp.StartAsync(
                directory, options => options.Store = options.Store with { MinFreeBytes = long.MaxValue / 2 }, isTimed: true);
            var calls = 0;
            app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
            app.IO.OnConnection(socket => socket.On("order", (string id) => ++calls));
            await app.PassAsync(TimeSpan.FromSeconds(2));
            app.IO.Store!.Health.RefusesProducers.ShouldBeTrue();
            await using var client = await app.ConnectAsync();
            for (var attempt = 0; attempt < 6; attempt++) await client.SendAsync("422[\"order\",\"y\"]");
            await client.ShouldBeQuiet();
            calls.ShouldBe(0);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_handler_that_ran_while_the_store_began_to_refuse_does_not_run_again()
    {
        await using var app = await InboxApp.StartAsync(options: LimitAnswers);
        var calls = 0;
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(socket => socket.On("order", async (string id) =>
        {
            calls++;
            await app.IO.Store!.Queue(Answers).EnqueueAsync(new byte[1]);
            return id + calls;
        }));
        await using var client = await app.ConnectAsync();
        for (var attempt = 0; attempt < 6; attempt++) await client.SendAsync("421[\"order\",\"x\"]", "422[\"order\",\"y\"]");
        await client.ShouldBeQuiet();
        calls.ShouldBe(1);
        await app.IO.Store!.Queue(Answers).PurgeAsync();
        await client.SendAsync("423[\"order\",\"x\"]");
        await client.ShouldReceive("433[\"x1\"]");
    }

    [Fact]
    public async Task An_event_nobody_handles_is_not_remembered()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(0));
        await using var client = await app.ConnectAsync();
        await client.SendAsync("421[\"order\",\"x\"]");
        await client.ShouldBeQuiet();
        app.IO.MainNamespace.Sockets.Single().On("order", (string id) => 7);
        await client.SendAsync("422[\"order\",\"x\"]");
        await client.ShouldReceive("432[7]");
    }

    /// <summary>Room for one answer.</summary>
    private static void LimitAnswers(SocketIOOptions options) => options.Store = options.Store with
    {
        Configure = static (_, name) => name == Answers ? QueueOptions.Work with { MaxMessages = 1, DeadLetter = false } : null,
    };
}
