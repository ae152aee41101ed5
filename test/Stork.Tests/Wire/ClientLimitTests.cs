using System.Text;
using System.Text.Json;
using Stork.Durable.Inboxes;
using Stork.Queues;
using Stork.Tests.Durable.Inboxes;
using Stork.Tests.Recovery;

namespace Stork.Tests.Wire;

/// <summary>Nothing is sent, or kept to be sent, that makes official clients end the connection.</summary>
public sealed class ClientLimitTests
{
    private static readonly byte[][] Ten = [.. Enumerable.Range(0, 10).Select(static i => new[] { (byte)i })];
    private static readonly byte[][] Eleven = [.. Enumerable.Range(0, 11).Select(static i => new[] { (byte)i })];

    [Fact]
    public async Task An_emit_with_more_binary_values_than_clients_take_throws_and_sends_nothing()
    {
        await using var pair = await Pair.ConnectAsync();
        var emits = new Func<object>[]
        {
            () => pair.Socket.EmitAsync("m", Eleven),
            () => pair.Socket.EmitWithAckAsync<int>("m", [Eleven]),
            () => pair.Socket.Volatile.EmitAsync("m", Eleven),
            () => pair.IO.EmitAsync("m", Eleven),
            () => pair.IO.To(pair.Socket.Id).EmitAsync("m", Eleven),
            () => pair.IO.Timeout(TimeSpan.FromSeconds(1)).EmitWithAckAsync<int>("m", [Eleven]),
            () => pair.IO.Of("/other").EmitAsync("m", Eleven),
        };
        foreach (var emit in emits)
        {
            var refusal = Should.Throw<ArgumentException>(() => emit());
            refusal.Message.ShouldBe("There are 11 binary values; clients take at most 10 in one packet (SocketIOOptions.MaxAttachments).");
        }

        await pair.ShouldLive();
        await pair.Socket.EmitAsync("m", Ten);
        (await pair.Client.ReceiveAsync()).ShouldStartWith("4510-[\"m\",[");
    }

    [Fact]
    public async Task An_answer_with_more_binary_values_than_clients_take_is_an_error_instead()
    {
        await using var pair = await Pair.ConnectAsync();
        pair.Socket.On("get", () => Eleven);
        pair.Socket.On("say", (Acknowledgement answer) => answer.SendAsync(Eleven));
        foreach (var name in new[] { "get", "say" })
            (await pair.AskAsync($"[\"{name}\"]")).ShouldContain("\"code\":\"handler_failed\"");
        pair.Log.Of(20).Count().ShouldBe(2);
        await pair.ShouldLive();
    }

    [Fact]
    public async Task A_message_for_an_inbox_is_refused_before_it_is_stored()
    {
        await using var app = await InboxApp.StartAsync();
        var inbox = app.IO.Inbox("42");
        (await Should.ThrowAsync<QueueException>(async () => await inbox.EmitAsync("m", Eleven))).Code.ShouldBe(QueueErrorCode.TooLarge);
        Should.Throw<QueueException>(() => inbox.Prepare("m", Eleven)).Code.ShouldBe(QueueErrorCode.TooLarge);
        await inbox.EmitAsync("m", Ten);
        (await inbox.Queue.BrowseAsync()).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_job_for_clients_is_refused_before_it_is_stored_and_one_for_the_server_is_not()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapQueue("mapped").AllowConsumers(_ => ValueTask.FromResult(true));
        app.IO.OnConnection(socket => socket.ConsumeAsync("consumed"));
        await using var client = await app.ConnectAsync();
        foreach (var queue in new[] { "mapped", "consumed" })
        {
            var refusal = await Should.ThrowAsync<QueueException>(() => app.IO.Queue<byte[][]>(queue).EnqueueAsync(Eleven));
            refusal.Code.ShouldBe(QueueErrorCode.TooLarge);
            refusal.Message.ShouldBe("The job has 11 binary values; in this queue it may have 10.");
            (await app.IO.Store!.Queue(queue).BrowseAsync()).ShouldBeEmpty();
        }

        await app.IO.Queue<byte[][]>("own").EnqueueAsync(Eleven);
        await app.IO.Queue<byte[][]>("consumed").EnqueueAsync(Ten);
    }

    [Fact]
    public async Task What_clients_cannot_take_but_is_stored_already_ends_among_the_dead_letters_and_the_next_message_arrives()
    {
        await using var app = await InboxApp.StartAsync();
        // As an earlier version stored it.
        var json = "[\"m\"," + string.Join(',', Enumerable.Range(0, 11).Select(i => $$"""{"_placeholder":true,"num":{{i}}}""")) + "]";
        var inbox = app.IO.Inbox("42");
        var attachments = Eleven.Select(static b => (ReadOnlyMemory<byte>)b);
        await inbox.Queue.EnqueueAsync(new Message(InboxBody.Create(Encoding.UTF8.GetBytes(json), [.. attachments])));
        await inbox.EmitAsync("next");
        await app.IO.Queue<byte[][]>("jobs").EnqueueAsync(Eleven);
        await app.IO.Queue<byte[][]>("jobs").EnqueueAsync([]);
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));

        await using var client = await app.ConnectAsync();
        var got = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            var (ackId, name) = InboxApp.Split(await client.ReceiveAsync());
            got.Add(name);
            await client.AckAsync(ackId);
        }

        got.Order().ShouldBe(["[\"jobs\",[]]", "[\"next\"]"]);
        foreach (var queue in new[] { inbox.Queue, app.IO.Store!.Queue("jobs") })
        {
            var dead = (await queue.DeadLetters.BrowseAsync()).ShouldHaveSingleItem().DeadLetter!;
            dead.Reason.ShouldBe(DeadLetterReason.Rejected);
            dead.Error.ShouldBe("There are 11 binary values; clients take at most 10 in one packet (SocketIOOptions.MaxAttachments).");
        }
    }

    [Fact]
    public async Task What_was_kept_while_clients_took_more_does_not_reach_those_that_do_not_any_more()
    {
        using var directory = new DataDirectory();
        RecoveringClient client;
        await using (var generous = await StartAsync(directory.Path, maxAttachments: 11))
        {
            client = await RecoveringClient.JoinAsync(generous.App);
            await generous.IO.EmitAsync("seen");
            await client.ShouldReceive("""["seen"]""");
            await client.DisposeAsync();
            await generous.App.UntilConnections(0);
            await generous.IO.EmitAsync("missed", Eleven);
            await using var buyer = await generous.ConnectAsync();
            await buyer.SendAsync("421[\"order\",\"x\"]");
            string answer;
            do answer = await buyer.ReceiveAsync();
            while (!answer.StartsWith("4611-1", StringComparison.Ordinal));
        }

        await using var strict = await StartAsync(directory.Path, maxAttachments: 10);
        var back = await client.ReturnAsync(strict.App);
        back.Missed.ShouldBeEmpty();
        back.Pid.ShouldNotBe(client.Pid, "it cannot have all that it missed, so it begins anew");
        await using var again = await strict.ConnectAsync();
        await again.SendAsync("421[\"order\",\"x\"]");
        (await again.ReceiveAsync()).ShouldContain("handler_failed");
    }

    private static async Task<InboxApp> StartAsync(string directory, int maxAttachments)
    {
        var app = await InboxApp.StartAsync(directory, options =>
        {
            options.MaxAttachments = maxAttachments;
            options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions();
        });
        app.IO.HandleOnce("order", static received => received.Arguments.Get<string>(0));
        app.IO.OnConnection(static socket => socket.On("order", static (string _) => Eleven));
        return app;
    }

    [Fact]
    public async Task An_object_that_only_looks_like_binary_data_is_not_sent_beside_binary_data()
    {
        await using var pair = await Pair.ConnectAsync();
        using var sent = JsonDocument.Parse("""{"_placeholder":true,"num":99}""");
        Should.Throw<ArgumentException>(() => pair.Socket.EmitAsync("m", sent.RootElement, new byte[] { 1 }))
            .Message.ShouldContain("_placeholder");
        await pair.Socket.EmitAsync("m", sent.RootElement, "\"_placeholder\":true");
        (await pair.Client.ReceiveAsync()).ShouldBe("""42["m",{"_placeholder":true,"num":99},"\"_placeholder\":true"]""");
    }

    [Fact]
    public async Task Who_lets_clients_send_more_may_send_more_and_who_lets_them_send_none_may_still_send_ten()
    {
        await using (var generous = await Pair.ConnectAsync(options: options => options.MaxAttachments = 11))
        {
            await generous.Socket.EmitAsync("m", Eleven);
            (await generous.Client.ReceiveAsync()).ShouldStartWith("4511-");
        }

        await using var strict = await Pair.ConnectAsync(options: options => options.MaxAttachments = 0);
        await strict.Socket.EmitAsync("m", Ten);
        (await strict.Client.ReceiveAsync()).ShouldStartWith("4510-");
        Should.Throw<ArgumentException>(() => strict.Socket.EmitAsync("m", Eleven));
    }

    [Fact]
    public async Task Jobs_never_come_as_an_event_whose_name_is_reserved()
    {
        await using var app = await InboxApp.StartAsync();
        Should.Throw<ArgumentException>(() => app.IO.MapQueue("connect").AllowConsumers(_ => ValueTask.FromResult(true)))
            .Message.ShouldContain("\"connect\"");
        app.IO.MapQueue("disconnect").AllowConsumers(_ => ValueTask.FromResult(true), new SocketConsumerOptions { Event = "job" });
        await using var client = await app.ConnectAsync();
        Should.Throw<ArgumentException>(() => { _ = app.IO.Sockets[0].ConsumeAsync("connect_error"); });
    }

    [Fact]
    public async Task Jobs_as_deep_as_clients_may_hand_in_reach_clients()
    {
        await using var app = await InboxApp.StartAsync(options: options => options.MaxJsonDepth = 200);
        app.IO.MapQueue("jobs").FromEvent("job").AllowProducers(_ => ValueTask.FromResult(true));
        app.IO.OnConnection(socket => socket.ConsumeAsync("jobs"));
        await using var client = await app.ConnectAsync();
        var deep = new string('[', 150) + new string(']', 150);
        await client.SendAsync($"421[\"job\",{deep}]");
        (int, string)[] packets = [InboxApp.Split(await Next()), InboxApp.Split(await Next())];
        packets.ShouldContain(packet => packet.Item2 == $"[\"jobs\",{deep}]");

        async Task<string> Next()
        {
            var packet = await client.ReceiveAsync();
            return packet.StartsWith("43", StringComparison.Ordinal) ? "42" + packet[2..] : packet;
        }
    }

    [Theory]
    [InlineData(SocketIOTransports.Polling)]
    [InlineData(SocketIOTransports.WebSocket)]
    public async Task A_message_larger_than_the_room_for_slow_readers_arrives(SocketIOTransports transport)
    {
        await using var app = await InboxApp.StartAsync(options: options => options.MaxOutputBufferSize = 100_000);
        await app.IO.Inbox("42").EmitAsync("m", new string('x', 300_000));
        await using var client = await app.ConnectAsync(transport: transport);
        var (ackId, message) = InboxApp.Split(await client.ReceiveAsync());
        message.Length.ShouldBe("[\"m\",\"\"]".Length + 300_000);
        await client.AckAsync(ackId);
        await app.UntilAcked("42", 1);
    }
}
