using System.Buffers.Binary;
using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;
using Stork.Queues;

namespace Stork.Interop.Tests.Inboxes;

/// <summary>Messages at which an official client ends its own connection.</summary>
public sealed class PoisonTests
{
    [Theory]
    [InlineData(ClientTransport.Polling)]
    [InlineData(ClientTransport.WebSocket)]
    [InlineData(ClientTransport.Upgrade)]
    public async Task A_message_that_its_client_can_never_take_ends_among_the_dead_letters_and_the_others_arrive_uncounted(
        ClientTransport transport)
    {
        await using var server = await StartAsync();
        var inbox = server.IO.Inbox("42");
        for (var i = 0; i < 8; i++)
        {
            if (i == 3) await inbox.EmitAsync("m", (object)Binaries(3));
            else await inbox.EmitAsync("m", i);
        }

        await using var script = await Scenario.StartAsync(
            "poison", server.Url, ClientVersion.V4_8, transport, new { expected = 8, maxAttachments = 2 });
        await ExpectOneDeadAsync(inbox.Queue, "Refused");
        // Only now: a job counts as failed when the connection of a worker without a name is lost, whatever it was lost for.
        var jobs = server.IO.Queue<object>("jobs");
        await jobs.EnqueueManyAsync([Binaries(3), "next"]);
        var got = await script.NextAsync("got");
        got.GetProperty("got").EnumerateArray().Select(static it => it.GetString()).Order()
            .ShouldBe(["jobs next", "m 0", "m 1", "m 2", "m 4", "m 5", "m 6", "m 7"]);
        got.GetProperty("reasons").ToString().ShouldBe("[\"parse error\"]");
        await ExpectOneDeadAsync(jobs.Queue, "LostOldest");

        await script.TellAsync("");
        (await script.NextAsync("lived")).GetProperty("connected").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task What_an_earlier_version_stored_with_too_many_binary_values_does_not_reach_the_client()
    {
        await using var server = await StartAsync();
        var inbox = server.IO.Inbox("42");
        await inbox.Queue.EnqueueAsync(new Message(StoredWith(11)));
        await inbox.EmitAsync("m", "next");
        await server.IO.Queue<object>("jobs").EnqueueAsync(Binaries(11));
        await server.IO.Queue<object>("jobs").EnqueueAsync(Binaries(10));

        await using var script = await Scenario.StartAsync(
            "poison", server.Url, ClientVersion.V4_8, ClientTransport.WebSocket, new { expected = 2 });
        var got = await script.NextAsync("got");
        got.GetProperty("got").EnumerateArray().Select(static it => it.GetString()).Order().ShouldBe(["jobs binary", "m next"]);
        got.GetProperty("connections").GetInt32().ShouldBe(1);
        foreach (var queue in new[] { inbox.Queue, server.IO.Store!.Queue("jobs") })
            (await queue.DeadLetters.BrowseAsync()).ShouldHaveSingleItem().DeadLetter!.Reason.ShouldBe(DeadLetterReason.Rejected);
        await script.TellAsync("");
        (await script.NextAsync("lived")).GetProperty("connected").GetBoolean().ShouldBeTrue();
    }

    private static async Task ExpectOneDeadAsync(MessageQueue queue, string lastOutcome)
    {
        await UntilAsync(
            async () => await queue.GetStatisticsAsync() is { DeadLettered: 1, Ready: 0, InFlight: 0, Scheduled: 0 },
            $"one of {queue.Name} was dead and the others done");
        var dead = (await queue.DeadLetters.BrowseAsync()).ShouldHaveSingleItem().DeadLetter!;
        dead.Reason.ShouldBe(DeadLetterReason.DeliveryLimit);
        dead.Attempts[^1].Outcome.ShouldBe(lastOutcome);
    }

    private static byte[][] Binaries(int count) => [.. Enumerable.Range(0, count).Select(static i => new[] { (byte)i })];

    /// <summary>An event as inboxes store it, which does not let it pass any more.</summary>
    private static byte[] StoredWith(int attachments)
    {
        var placeholders = Enumerable.Range(0, attachments).Select(static i => new { _placeholder = true, num = i });
        var json = JsonSerializer.SerializeToUtf8Bytes((object[])["m", .. placeholders]);
        var head = new byte[3 + (4 * attachments)];
        head[0] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(1), (ushort)attachments);
        for (var i = 0; i < attachments; i++) BinaryPrimitives.WriteUInt32LittleEndian(head.AsSpan(3 + (4 * i)), 1);
        return [.. head, .. json, .. new byte[attachments]];
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string awaited)
    {
        using var patience = new CancellationTokenSource(Waiting.Patience);
        while (!await condition())
        {
            if (patience.IsCancellationRequested) throw new TimeoutException($"Waited {Waiting.Patience.TotalSeconds} s until {awaited}.");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    private static Task<TestServer> StartAsync() => TestServer.StartAsync(
        io => io.OnConnection(async socket =>
        {
            await socket.SubscribeInboxAsync(socket.Handshake.Auth.GetProperty("user").GetString()!);
            await socket.ConsumeAsync("jobs");
        }),
        options =>
        {
            options.DataDirectory = "memory";
            options.Store = new QueueStoreOptions { Durability = Durability.Memory };
            options.InboxQueue = QueueOptions.Inbox with
            {
                MaxFailures = 2,
                Backoff = TimeSpan.FromMilliseconds(20),
                MaxBackoff = TimeSpan.FromMilliseconds(20),
            };
            options.ConfigureQueue("jobs", static queue => queue with
            {
                MaxFailures = 2,
                Backoff = TimeSpan.FromMilliseconds(20),
                MaxBackoff = TimeSpan.FromMilliseconds(20),
                DisconnectGrace = TimeSpan.FromMilliseconds(50),
            });
        });
}
