using Stork.Queues;
using Stork.Tests.Clients;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>Clients that go, come back, read slowly, or are several.</summary>
public sealed class ReturnTests
{
    [Fact]
    public async Task A_client_that_is_back_gets_all_it_has_not_acknowledged_at_once_and_in_order()
    {
        await using var app = await InboxApp.StartAsync();
        for (var i = 0; i < 5; i++) await app.IO.Inbox("42").EmitAsync("m", i);
        var client = await app.ConnectAsync();
        var first = new List<int>();
        for (var i = 0; i < 5; i++) first.Add(await client.ShouldBeAsked($"[\"m\",{i}]"));
        await client.AckAsync(first[1]);
        await client.AckAsync(first[3]);
        await app.UntilAcked("42", 2);
        await client.DisposeAsync();
        await app.UntilConsumers("42", 0);
        await using var again = await app.ConnectAsync();
        var second = new List<int>();
        foreach (var i in new[] { 0, 2, 4 }) second.Add(await again.ShouldBeAsked($"[\"m\",{i}]"));
        second.Intersect(first).ShouldBeEmpty();
        (await app.IO.Inbox("42").Queue.BrowseAsync()).ShouldAllBe(message => message.FailureCount == 0 && message.DeliveryCount == 2);
    }

    [Fact]
    public async Task A_client_that_is_back_before_its_loss_was_noticed_gets_everything()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("a");
        await using var halfOpen = await app.ConnectAsync();
        await halfOpen.ShouldBeAsked("[\"a\"]");
        await using var again = await app.ConnectAsync();
        await again.AckAsync(await again.ShouldBeAsked("[\"a\"]"));
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task Messages_wait_for_a_lost_client_without_being_counted_as_failed()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        await app.IO.Inbox("42").EmitAsync("a");
        var client = await app.ConnectAsync();
        await client.ShouldBeAsked("[\"a\"]");
        await client.DisposeAsync();
        await app.UntilConsumers("42", 0);
        await app.PassAsync(TimeSpan.FromSeconds(14));
        (await app.IO.Inbox("42").Queue.GetStatisticsAsync())!.InFlight.ShouldBe(1);
        await app.PassAsync(TimeSpan.FromSeconds(2));
        await app.UntilAsync("42", numbers => numbers is { Ready: 1, InFlight: 0 }, "the message went back");
        (await app.IO.Inbox("42").Queue.BrowseAsync()).Single().FailureCount.ShouldBe(0);
    }

    [Fact]
    public async Task A_client_that_leaves_by_itself_gives_its_messages_back_at_once()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.ShouldBeAsked("[\"a\"]");
        await client.SendAsync("41");
        await app.UntilAsync("42", numbers => numbers is { Ready: 1, InFlight: 0 }, "the message went back");
    }

    [Fact]
    public async Task Every_client_of_an_identity_gets_a_message_and_the_first_answer_settles_it()
    {
        await using var app = await InboxApp.StartAsync();
        await using var phone = await app.ConnectAsync();
        await using var laptop = await app.ConnectAsync();
        await app.UntilConsumers("42", 2);
        await app.IO.Inbox("42").EmitAsync("a");
        await phone.ShouldBeAsked("[\"a\"]");
        await laptop.AckAsync(await laptop.ShouldBeAsked("[\"a\"]"));
        await app.UntilAcked("42", 1);
        await using var tablet = await app.ConnectAsync();
        await tablet.ShouldBeQuiet();
    }

    [Fact]
    public async Task Each_device_has_a_position_of_its_own()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.Use(async socket =>
        {
            var device = socket.Handshake.Auth.GetProperty("device").GetString();
            await socket.SubscribeInboxAsync("shared", new InboxOptions { Device = device });
        });
        await using var phone = await app.OpenAsync();
        await phone.JoinAsync(auth: "{\"device\":\"phone\"}");
        await app.UntilConsumers("shared", 1);
        var laptop = await app.OpenAsync();
        await laptop.JoinAsync(auth: "{\"device\":\"laptop\"}");
        await app.UntilConsumers("shared", 2);
        await app.IO.Inbox("shared").EmitAsync("a");
        await phone.AckAsync(await phone.ShouldBeAsked("[\"a\"]"));
        await laptop.ShouldBeAsked("[\"a\"]");
        await laptop.DisposeAsync();
        await app.UntilConsumers("shared", 1);
        await using var phoneAgain = await app.OpenAsync();
        await phoneAgain.JoinAsync(auth: "{\"device\":\"phone\"}");
        await phoneAgain.ShouldBeQuiet();
        await using var laptopAgain = await app.OpenAsync();
        await laptopAgain.JoinAsync(auth: "{\"device\":\"laptop\"}");
        await laptopAgain.AckAsync(await laptopAgain.ShouldBeAsked("[\"a\"]"));
        await app.UntilAcked("shared", 1);
    }

    [Fact]
    public async Task With_one_active_client_only_the_newest_gets_messages()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.InboxQueue = QueueOptions.Inbox with { Fanout = Fanout.ActiveDevice });
        await using var older = await app.ConnectAsync();
        await app.UntilConsumers("42", 1);
        var newer = await app.ConnectAsync();
        await app.UntilConsumers("42", 2);
        await app.IO.Inbox("42").EmitAsync("a");
        await newer.ShouldBeAsked("[\"a\"]");
        await older.ShouldBeQuiet();
        await newer.SendAsync("41");
        await older.AckAsync(await older.ShouldBeAsked("[\"a\"]"));
        await app.UntilAcked("42", 1);
        await newer.DisposeAsync();
    }

    [Fact]
    public async Task What_a_slow_reader_has_not_read_waits_in_the_store_and_is_not_counted_as_failed()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true, options: options => options.PingTimeout = TimeSpan.FromHours(10));
        Socket? socket = null;
        var text = new string('x', 500_000);
        app.IO.OnConnection(async connected =>
        {
            socket = connected;
            // More than the operating system keeps for a connection.
            for (var i = 0; i < 14; i++) await connected.EmitAsync("fill", text);
        });
        for (var i = 0; i < 30; i++) await app.IO.Inbox("42").EmitAsync("m", i, text);
        await using var slow = await StalledClient.OpenAsync(app.App, "&user=42");
        await slow.SendAsync("40");
        await app.UntilConsumers("42", 1);
        await Waiting.Until(() => socket!.BufferedBytes() > 0, "the connection was full");
        await Waiting.Until(socket!.IsInboxSuspended, "the inbox stood still");
        // Told before anything else is asked of the store.
        await app.UntilAsync("42", numbers => numbers?.InFlight > 0, "something was handed out");
        for (var i = 0; i < 5; i++) await app.PassAsync(TimeSpan.FromMinutes(1));
        socket!.BufferedBytes().ShouldBeLessThan(14 * 501_000, "no more than what was emitted as usual and a megabyte of the inbox");
        (await app.IO.Inbox("42").Queue.BrowseAsync(new BrowseOptions { Limit = 30 })).ShouldAllBe(message => message.FailureCount == 0);
        (await app.IO.Inbox("42").Queue.GetStatisticsAsync())!.InFlight.ShouldBeLessThan(4);

        (await slow.ReceiveAsync()).ShouldStartWith("40{");
        var next = 0;
        while (next < 30)
        {
            var packet = await slow.ReceiveAsync();
            if (packet == "2" || packet.StartsWith("42[\"fill", StringComparison.Ordinal)) continue;
            var (id, received) = InboxApp.Split(packet);
            received.ShouldStartWith($"[\"m\",{next},");
            await slow.AckAsync(id);
            next++;
        }

        await app.UntilAcked("42", 30);
    }

    [Fact]
    public async Task With_settling_on_sending_what_was_not_handed_over_is_not_settled()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.Inbox = new InboxOptions { AckStyle = AckStyle.OnFlush, MaxInFlight = 2 });
        Socket? socket = null;
        app.IO.OnConnection(connected => socket = connected);
        var text = new string('x', 900_000);
        for (var i = 0; i < 17; i++) await app.IO.Inbox("42").EmitAsync("m", i, text);
        var slow = await StalledClient.OpenAsync(app.App, "&user=42");
        await slow.SendAsync("40");
        await Waiting.Until(() => socket is not null && socket.BufferedBytes() > 0, "the connection was full");
        await slow.DisposeAsync();
        await app.UntilConsumers("42", 0);
        var left = (await app.IO.Inbox("42").Queue.GetStatisticsAsync())!;
        (left.Ready + left.InFlight).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_message_that_is_no_event_becomes_a_dead_letter_and_holds_nothing_up()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Store!.Inbox("42").EnqueueAsync(new byte[] { 1, 2 });
        await app.IO.Store.Inbox("42").EnqueueAsync(new byte[] { 9, 0, 0, 91, 93 });
        await app.IO.Store.Inbox("42").EnqueueAsync(new byte[] { 1, 1, 0, 255, 255, 255, 255, 91, 93 });
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"));
        await app.UntilAsync("42", numbers => numbers is { DeadLettered: 3, Acked: 1 }, "three dead letters");
    }

    [Theory]
    [InlineData(SocketIOTransports.WebSocket)]
    [InlineData(SocketIOTransports.Polling)]
    public async Task A_server_that_stops_gives_messages_back_uncounted_and_the_next_one_delivers_the_rest(SocketIOTransports transport)
    {
        var directory = Directory.CreateTempSubdirectory("stork-inbox-").FullName;
        try
        {
            await using (var app = await InboxApp.StartAsync(directory))
            {
                for (var i = 0; i < 10; i++) await app.IO.Inbox("42").EmitAsync("m", i);
                await using var client = await app.ConnectAsync(transport: transport);
                for (var i = 0; i < 10; i++)
                {
                    var id = await client.ShouldBeAsked($"[\"m\",{i}]");
                    if (i % 2 == 0) await client.AckAsync(id);
                }

                // The last one is handled once the server has answered what came behind it.
                await client.ShouldBeQuiet();
                await app.App.StopAsync();
                // Clients that are told to disconnect would not come back by themselves.
                if (transport == SocketIOTransports.WebSocket) (await client.ReceiveRestAsync()).ShouldBeEmpty();
            }

            await using (var app = await InboxApp.StartAsync(directory))
            {
                (await app.IO.Inbox("42").Queue.BrowseAsync()).ShouldAllBe(message => message.FailureCount == 0);
                await using var client = await app.ConnectAsync(transport: transport);
                for (var i = 1; i < 10; i += 2) await client.AckAsync(await client.ShouldBeAsked($"[\"m\",{i}]"));
                await app.UntilUnsettled("42", 0);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task An_emit_after_the_stop_is_refused_and_one_before_is_there_after_the_restart()
    {
        var directory = Directory.CreateTempSubdirectory("stork-inbox-").FullName;
        try
        {
            Inbox inbox;
            await using (var app = await InboxApp.StartAsync(directory))
            {
                inbox = app.IO.Inbox("42");
                await inbox.EmitAsync("a");
            }

            (await Should.ThrowAsync<QueueException>(() => inbox.EmitAsync("b").Within("the refusal")))
                .Code.ShouldBe(QueueErrorCode.Closed);
            await using var again = await InboxApp.StartAsync(directory);
            await using var client = await again.ConnectAsync();
            await client.ShouldBeAsked("[\"a\"]");
            await client.ShouldBeQuiet();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
