using Microsoft.Extensions.DependencyInjection;
using Stork.Durable.Consumers;
using Stork.Queues;
using Stork.SocketIO.Acks;
using Stork.Tests.Clients;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>An acknowledgement settles the message it was for, or nothing.</summary>
public sealed class AcknowledgementTests
{
    [Fact]
    public async Task A_late_one_on_the_next_connection_counts()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("a");
        await app.IO.Inbox("42").EmitAsync("b");
        var client = await app.ConnectAsync();
        var a = await client.ShouldBeAsked("[\"a\"]");
        await client.ShouldBeAsked("[\"b\"]");
        await client.DisposeAsync();
        await app.UntilConsumers("42", 0);
        await using var again = await app.ConnectAsync();
        await again.AckAsync(a);
        await app.UntilAcked("42", 1);
        (await app.IO.Inbox("42").Queue.BrowseAsync()).Single().Subject.ShouldBe("b");
    }

    [Fact]
    public async Task One_that_comes_before_the_connection_counts_before_anything_is_repeated()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("a");
        await app.IO.Inbox("42").EmitAsync("b");
        var client = await app.ConnectAsync();
        var a = await client.ShouldBeAsked("[\"a\"]");
        await client.ShouldBeAsked("[\"b\"]");
        await client.DisposeAsync();
        await app.UntilConsumers("42", 0);
        await using var again = await app.OpenAsync();
        await again.SendAsync($"43{a}[]", "40");
        (await again.ReceiveAsync()).ShouldStartWith("40{");
        await again.ShouldBeAsked("[\"b\"]");
        await again.ShouldBeQuiet();
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task One_that_comes_while_the_connection_handlers_run_is_kept()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("a");
        var client = await app.ConnectAsync();
        var a = await client.ShouldBeAsked("[\"a\"]");
        await client.DisposeAsync();
        await app.UntilConsumers("42", 0);
        app.IO.OnConnection(async socket =>
        {
            await socket.EmitAsync("handlers run");
            await Waiting.Until(() => socket.PendingEvents() == 1, "the event behind the acknowledgement came");
        });
        await using var again = await app.OpenAsync();
        await again.JoinAsync();
        await again.ShouldReceive("42[\"handlers run\"]");
        await again.SendAsync($"43{a}[]", "42999[\"quiet?\"]");
        await again.ShouldReceive("43999[]");
        await app.UntilAcked("42", 1);
        await again.ShouldBeQuiet();
    }

    [Fact]
    public async Task Of_another_identity_it_does_nothing()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        var a = await client.ShouldBeAsked("[\"a\"]");
        await using var other = await app.OpenAsync(user: "43");
        await other.SendAsync($"43{a}[]", "40");
        (await other.ReceiveAsync()).ShouldStartWith("40{");
        await other.AckAsync(a);
        await using var nobody = await app.ConnectAsync(user: null);
        await nobody.AckAsync(a);
        await other.ShouldBeQuiet();
        await nobody.ShouldBeQuiet();
        await app.UntilUnsettled("42", 1);
        await client.AckAsync(a);
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task Of_another_device_it_does_nothing()
    {
        await using var app = await InboxApp.StartAsync(
            services: services => services.AddSingleton<IInboxIdentityResolver, DeviceResolver>());
        await using var phone = await app.OpenAsync();
        await phone.JoinAsync(auth: "{\"device\":\"phone\"}");
        await app.UntilConsumers("42", 1);
        await using var laptop = await app.OpenAsync();
        await laptop.JoinAsync(auth: "{\"device\":\"laptop\"}");
        await app.UntilConsumers("42", 2);
        await app.IO.Inbox("42").EmitAsync("a");
        var onPhone = await phone.ShouldBeAsked("[\"a\"]");
        var onLaptop = await laptop.ShouldBeAsked("[\"a\"]");
        await laptop.AckAsync(onPhone);
        await laptop.AckAsync(onLaptop);
        await laptop.ShouldBeQuiet();
        await app.UntilUnsettled("42", 1);
        await phone.AckAsync(onPhone);
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task Twice_or_invented_it_does_nothing_more()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("a");
        await app.IO.Inbox("42").EmitAsync("b");
        await using var client = await app.ConnectAsync();
        var a = await client.ShouldBeAsked("[\"a\"]");
        var b = await client.ShouldBeAsked("[\"b\"]");
        await client.AckAsync(a);
        await client.AckAsync(a, "[{\"$reject\":true}]");
        foreach (var id in new[] { "0", "7", "2147483647", "99999999999999", "999999999999999999999999" })
            await client.SendAsync($"43{id}[]");
        await client.ShouldBeQuiet();
        await app.UntilUnsettled("42", 1);
        await client.AckAsync(b);
        await app.UntilAcked("42", 2);
    }

    [Fact]
    public async Task Out_of_order_and_after_the_lease_it_still_counts()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        await app.IO.Inbox("42").EmitAsync("a");
        await app.IO.Inbox("42").EmitAsync("b");
        await using var client = await app.ConnectAsync();
        var a = await client.ShouldBeAsked("[\"a\"]");
        var b = await client.ShouldBeAsked("[\"b\"]");
        await app.PassAsync(TimeSpan.FromSeconds(31));
        await client.ShouldReceive("2");
        await client.SendAsync("3");
        await client.AckAsync(b);
        await client.AckAsync(a);
        await app.UntilAcked("42", 2);
    }

    [Fact]
    public async Task Without_an_answer_the_message_is_tried_again_under_another_number()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        var first = await client.ShouldBeAsked("[\"a\"]");
        await app.PassAsync(TimeSpan.FromSeconds(31));
        await client.ShouldReceive("2");
        await client.SendAsync("3");
        await client.ShouldBeQuiet();
        await app.PassAsync(TimeSpan.FromSeconds(2));
        var second = await client.ShouldBeAsked("[\"a\"]");
        second.ShouldNotBe(first);
        await client.AckAsync(second);
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task After_a_restart_it_settles_the_message_it_was_for()
    {
        var directory = Directory.CreateTempSubdirectory("stork-inbox-").FullName;
        try
        {
            int a;
            await using (var app = await InboxApp.StartAsync(directory))
            {
                await app.IO.Inbox("42").EmitAsync("a");
                await using var client = await app.ConnectAsync();
                a = await client.ShouldBeAsked("[\"a\"]");
            }

            await using (var app = await InboxApp.StartAsync(directory))
            {
                await app.IO.Inbox("42").EmitAsync("b");
                await using var client = await app.OpenAsync();
                // The handler of "a" has just finished: its answer is the first thing on the new connection.
                await client.SendAsync($"43{a}[]", "40");
                (await client.ReceiveAsync()).ShouldStartWith("40{");
                await client.ShouldBeAsked("[\"b\"]");
                await client.ShouldBeQuiet();
                await app.UntilAcked("42", 1);
                (await app.IO.Inbox("42").Queue.BrowseAsync()).Single().Subject.ShouldBe("b");
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Too_many_before_the_connection_end_it()
    {
        await using var app = await InboxApp.StartAsync();
        await using var client = await app.OpenAsync();
        for (var i = 1; i <= EarlyAcks.MaxPackets; i++) await client.SendAsync($"43{i}[]");
        await client.SendAsync($"43{EarlyAcks.MaxPackets + 1}[]");
        (await client.ReceiveRestAsync()).ShouldBeEmpty();
        await using var large = await app.OpenAsync();
        await large.SendAsync($"431[\"{new string('x', EarlyAcks.MaxBytes)}\"]");
        (await large.ReceiveRestAsync()).ShouldBeEmpty();
        await using var fine = await app.OpenAsync();
        for (var i = 1; i <= EarlyAcks.MaxPackets; i++) await fine.SendAsync($"43{i}[]");
        await fine.JoinAsync();
        await fine.ShouldBeQuiet();
    }

    [Fact]
    public async Task Without_a_store_one_before_the_connection_is_the_violation_it_always_was()
    {
        await using var app = await StorkApp.StartAsync();
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("431[]");
        (await client.ReceiveRestAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_to_ordinary_emits_go_on_beside_those_of_the_inbox()
    {
        await using var app = await InboxApp.StartAsync();
        Socket? socket = null;
        app.IO.OnConnection(connected => socket = connected);
        await using var client = await app.ConnectAsync();
        await app.UntilConsumers("42", 1);
        await app.IO.Inbox("42").EmitAsync("a");
        var a = await client.ShouldBeAsked("[\"a\"]");
        var asked = socket!.EmitWithAckAsync<int>("question");
        var question = await client.ShouldBeAsked("[\"question\"]");
        question.ShouldNotBe(a);
        await client.AckAsync(question, "[7]");
        (await asked.Within("the answer")).ShouldBe(7);
        await app.UntilUnsettled("42", 1);
        await client.AckAsync(a);
        await app.UntilAcked("42", 1);
    }

    [Theory]
    [InlineData("[{\"$nack\":true}]")]
    [InlineData("[{\"$nack\":{\"delayMs\":5000,\"reason\":\"later\"}}]")]
    [InlineData("[{\"$nack\":\"busy\"}]")]
    public async Task A_nack_brings_the_message_again_after_a_while(string answer)
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"), answer);
        await app.UntilAsync("42", numbers => numbers?.Scheduled == 1, "the message waits");
        (await app.IO.Inbox("42").Queue.BrowseAsync()).Single().FailureCount.ShouldBe(1);
        await app.PassAsync(TimeSpan.FromSeconds(6));
        await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"));
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task A_release_brings_the_message_again_at_once_and_counts_nothing()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"), "[{\"$release\":null}]");
        var again = await client.ShouldBeAsked("[\"a\"]");
        (await app.IO.Inbox("42").Queue.BrowseAsync()).Single().FailureCount.ShouldBe(0);
        await client.AckAsync(again);
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task A_reject_makes_a_dead_letter_with_the_reason()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"), "[{\"$reject\":\"no such order\"}]");
        await app.UntilAsync("42", numbers => numbers?.DeadLettered == 1, "the message is a dead letter");
        var dead = (await app.IO.Inbox("42").Queue.DeadLetters.BrowseAsync()).Single().DeadLetter!;
        dead.Reason.ShouldBe(DeadLetterReason.Rejected);
        dead.Error.ShouldBe("no such order");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("[{\"status\":\"ok\"}]")]
    [InlineData("[{\"$nack\":true},1]")]
    [InlineData("[1,{\"$nack\":true}]")]
    [InlineData("[[{\"$nack\":true}]]")]
    [InlineData("[{\"$nack\":true,\"more\":1}]")]
    [InlineData("[{\"$nack\":true,\"$reject\":true}]")]
    [InlineData("[{\"nack\":true}]")]
    [InlineData("[\"$nack\"]")]
    [InlineData("[{}]")]
    [InlineData("[{\"\\ud83d\":3}]")]
    public void Anything_else_is_an_acknowledgement(string answer) => Read(answer, AckStyle.Value).ShouldBe(default);

    [Theory]
    [InlineData("[]", AckVerdict.Ack)]
    [InlineData("[null,1]", AckVerdict.Ack)]
    [InlineData("[false]", AckVerdict.Ack)]
    [InlineData("[0]", AckVerdict.Ack)]
    [InlineData("[0.0]", AckVerdict.Ack)]
    [InlineData("[\"\"]", AckVerdict.Ack)]
    [InlineData("[\"failed\"]", AckVerdict.Nack)]
    [InlineData("[true]", AckVerdict.Nack)]
    [InlineData("[1]", AckVerdict.Nack)]
    [InlineData("[{}]", AckVerdict.Nack)]
    [InlineData("[[]]", AckVerdict.Nack)]
    [InlineData("[{\"\\ud83d\":3}]", AckVerdict.Nack)]
    [InlineData("[{\"message\":\"failed\"},2]", AckVerdict.Nack)]
    internal void With_errors_first_a_truthy_argument_is_a_failure(string answer, AckVerdict verdict)
    {
        var read = Read(answer, AckStyle.NodeError);
        read.Verdict.ShouldBe(verdict);
        if (answer.Contains("failed", StringComparison.Ordinal)) read.Reason.ShouldBe("failed");
    }

    [Theory]
    [InlineData("[{\"$nack\":{\"delayMs\":-5}}]", 0.0)]
    [InlineData("[{\"$nack\":{\"delayMs\":1e400}}]", 366.0 * 24 * 60 * 60 * 1000)]
    [InlineData("[{\"$nack\":{\"delayMs\":\"5\"}}]", null)]
    [InlineData("[{\"$nack\":{\"delayMs\":1500,\"other\":{\"delayMs\":3}}}]", 1500.0)]
    public void A_delay_is_kept_within_reason(string answer, double? milliseconds) =>
        Read(answer, AckStyle.Value).ShouldBe(
            new AckAnswer(AckVerdict.Nack, milliseconds is { } delay ? TimeSpan.FromMilliseconds(delay) : null));

    [Fact]
    public void A_reason_with_half_an_emoji_is_kept() =>
        Read("[{\"$reject\":\"no \\ud800\"}]", AckStyle.Value).ShouldBe(new AckAnswer(AckVerdict.Reject, Reason: "no \uFFFD"));

    [Fact]
    public async Task With_settling_on_sending_nothing_is_asked_of_the_client()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.Inbox = new InboxOptions { AckStyle = AckStyle.OnFlush });
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.ShouldReceive("42[\"a\"]");
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task A_flood_of_invented_ones_costs_nothing()
    {
        await using var app = await InboxApp.StartAsync();
        await using var client = await StalledClient.OpenAsync(app.App, "&user=42");
        await client.JoinAsync();
        for (var i = 0; i < 10; i++) await client.SendAsync([.. Enumerable.Range(i * 5_000, 5_000).Select(n => $"43{n}[{n}]")]);
        await client.ShouldBeQuiet();
        await app.IO.Inbox("42").EmitAsync("a");
        await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"));
        await app.UntilAcked("42", 1);
    }

    private static AckAnswer Read(string answer, AckStyle style) => AckAnswer.Read(System.Text.Encoding.UTF8.GetBytes(answer), style);

    [Fact]
    public async Task A_client_whose_name_is_empty_is_nobody_and_has_what_the_application_gives_it()
    {
        await using var app = await InboxApp.StartAsync(
            services: static services => services.AddSingleton<IInboxIdentityResolver, EmptyResolver>());
        app.IO.OnConnection(static socket => socket.SubscribeInboxAsync("shared"));
        await using var client = await app.ConnectAsync();
        await app.IO.Inbox("shared").EmitAsync("a");
        await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"));
        await app.UntilAcked("shared", 1);
    }

    private sealed class EmptyResolver : IInboxIdentityResolver
    {
        public ValueTask<InboxIdentity?> ResolveAsync(Socket socket) => ValueTask.FromResult<InboxIdentity?>(new InboxIdentity(""));
    }

    private sealed class DeviceResolver : IInboxIdentityResolver
    {
        public ValueTask<InboxIdentity?> ResolveAsync(Socket socket)
        {
            var user = socket.Handshake.Query["user"].ToString();
            var device = socket.Handshake.Auth.TryGetProperty("device", out var named) ? named.GetString() : null;
            return new(new InboxIdentity(user, device));
        }
    }
}
