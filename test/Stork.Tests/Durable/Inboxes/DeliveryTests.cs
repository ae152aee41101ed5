using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;
using Stork.Tests.Clients;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>What is emitted to an inbox reaches its client, now or later, as an ordinary event.</summary>
public sealed class DeliveryTests
{
    [Theory]
    [InlineData(SocketIOTransports.WebSocket)]
    [InlineData(SocketIOTransports.Polling)]
    public async Task What_waits_comes_after_the_connection_in_order_and_asks_for_an_answer(SocketIOTransports transport)
    {
        await using var app = await InboxApp.StartAsync();
        for (var i = 1; i <= 3; i++) await app.IO.Inbox("42").EmitAsync("order", i, new { name = "x" });
        await using var client = await app.ConnectAsync(transport: transport);
        var ids = new List<int>();
        for (var i = 1; i <= 3; i++) ids.Add(await client.ShouldBeAsked($"[\"order\",{i},{{\"name\":\"x\"}}]"));
        ids.Distinct().Count().ShouldBe(3);
        foreach (var id in ids) await client.AckAsync(id);
        await app.UntilAcked("42", 3);
    }

    [Fact]
    public async Task What_comes_while_the_client_is_connected_is_sent_at_once()
    {
        await using var app = await InboxApp.StartAsync();
        await using var client = await app.ConnectAsync();
        var receipt = await app.IO.Inbox("42").EmitAsync("order", "now");
        receipt.Sequence.ShouldBe(1);
        await client.AckAsync(await client.ShouldBeAsked("[\"order\",\"now\"]"));
        await app.UntilAcked("42", 1);
    }

    [Fact]
    public async Task Nothing_comes_before_the_connection_handlers_are_done()
    {
        await using var app = await InboxApp.StartAsync();
        var done = new TaskCompletionSource();
        app.IO.OnConnection(async socket =>
        {
            await socket.EmitAsync("first");
            await done.Task;
            await socket.EmitAsync("second");
        });
        await app.IO.Inbox("42").EmitAsync("third");
        await using var client = await app.ConnectAsync();
        await client.ShouldReceive("42[\"first\"]");
        done.SetResult();
        await client.ShouldReceive("42[\"second\"]");
        await client.ShouldBeAsked("[\"third\"]");
    }

    [Fact]
    public async Task Binary_data_and_odd_numbers_arrive_as_they_were()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket => socket.On("keep", async (EventArguments arguments) =>
            (await app.IO.Inbox("42").EmitAsync("kept", arguments)).Sequence));
        await using var producer = (WebSocketClient)await app.ConnectAsync(user: null);
        await producer.SendAsync("451-7[\"keep\",{\"_placeholder\":true,\"num\":0},1e400,-0,9007199254740993]");
        await producer.SendAsync([1, 2, 3]);
        await producer.ShouldReceive("437[1]");
        await using var client = await app.ConnectAsync();
        var packet = await client.ReceiveAsync();
        packet.ShouldStartWith("451-");
        packet.ShouldEndWith("[\"kept\",{\"_placeholder\":true,\"num\":0},1e400,-0,9007199254740993]");
        (await client.ReceiveAsync()).ShouldBe("bAQID");
    }

    [Fact]
    public async Task An_inbox_belongs_to_its_namespace()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.Of("/chat").OnConnection(socket => socket.On("quiet?", () => { }));
        await app.IO.Of("/chat").Inbox("42").EmitAsync("there");
        await using var main = await app.ConnectAsync();
        await main.ShouldBeQuiet();
        await using var chat = await app.ConnectAsync(nsp: "/chat");
        var id = await chat.ShouldBeAsked("[\"there\"]", "/chat");
        await chat.SendAsync($"43/chat,{id}[]");
        await app.UntilAcked("/chat,42", 1);
    }

    [Fact]
    public async Task Identities_that_look_like_another_namespaces_get_their_own_inbox()
    {
        await using var app = await InboxApp.StartAsync();
        var names = new[] { app.IO.Inbox("/chat,42"), app.IO.Of("/chat").Inbox("42"), app.IO.Inbox("42"), app.IO.Inbox("/,42") };
        names.Select(inbox => inbox.Queue.Name).Distinct().Count().ShouldBe(4);
        app.IO.Inbox("/,42").Name.ShouldBe("/,42");
    }

    [Fact]
    public async Task A_client_without_identity_gets_no_inbox()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("secret");
        await using var nobody = await app.ConnectAsync(user: null);
        await nobody.ShouldBeQuiet();
        await using var other = await app.ConnectAsync(user: "43");
        await other.ShouldBeQuiet();
        await app.UntilUnsettled("42", 1);
    }

    [Fact]
    public async Task What_a_client_says_of_itself_is_no_identity()
    {
        await using var app = await InboxApp.StartAsync();
        await app.IO.Inbox("42").EmitAsync("secret");
        await using var client = await app.OpenAsync(user: null);
        await client.JoinAsync(auth: "{\"user\":\"42\",\"sub\":\"42\",\"identity\":\"42\"}");
        await client.ShouldBeQuiet();
    }

    [Fact]
    public async Task A_resolver_of_the_application_says_who_somebody_is()
    {
        await using var app = await InboxApp.StartAsync(
            services: services => services.AddSingleton<IInboxIdentityResolver, TokenResolver>());
        await app.IO.Inbox("user:7").EmitAsync("hello");
        await using var client = await app.OpenAsync(user: null);
        await client.JoinAsync(auth: "{\"token\":\"seven\"}");
        await client.ShouldBeAsked("[\"hello\"]");
    }

    [Fact]
    public async Task A_resolver_that_fails_costs_the_inbox_only()
    {
        await using var app = await InboxApp.StartAsync(
            services: services => services.AddSingleton<IInboxIdentityResolver, TokenResolver>());
        await using var client = await app.OpenAsync(user: null);
        await client.JoinAsync(auth: "{\"token\":{}}");
        await client.ShouldBeQuiet();
        await app.App.Log.WaitForAsync(40);
    }

    [Fact]
    public async Task A_middleware_or_a_connection_handler_may_give_more_inboxes()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.Use(async socket => await socket.SubscribeInboxAsync("tenant:1"));
        app.IO.OnConnection(async socket => await socket.SubscribeInboxAsync("room:5", new InboxOptions { MaxInFlight = 1 }));
        await app.IO.Inbox("room:5").EmitAsync("a");
        await app.IO.Inbox("room:5").EmitAsync("b");
        await using var client = await app.ConnectAsync();
        var a = await client.ShouldBeAsked("[\"a\"]");
        await app.IO.Inbox("tenant:1").EmitAsync("t");
        await client.ShouldBeAsked("[\"t\"]");
        await client.AckAsync(a);
        await client.ShouldBeAsked("[\"b\"]");
    }

    [Fact]
    public async Task Who_asks_for_an_inbox_that_cannot_be_had_is_told_so()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket =>
        {
            socket.On("more", async (string device) =>
            {
                try
                {
                    await socket.SubscribeInboxAsync("shared", new InboxOptions { Device = device });
                    return "ok";
                }
                catch (QueueException exception)
                {
                    return exception.Code.ToString();
                }
            });
        });
        for (var i = 1; i <= 64; i++)
            await (await app.IO.Store!.Inbox("shared").SubscribeAsync(new SubscriptionOptions { Device = $"device {i}" })).DisposeAsync();
        await using var client = await app.ConnectAsync();

        await client.SendAsync("421[\"more\",\"device 65\"]");
        await client.ShouldReceive("431[\"Invalid\"]");

        await client.SendAsync("422[\"more\",\"device 64\"]");
        await client.ShouldReceive("432[\"ok\"]");
    }

    [Fact]
    public async Task An_inbox_can_be_taken_away_again()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket =>
        {
            socket.On("leave", async () => await socket.UnsubscribeInboxAsync("42"));
        });
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await client.ShouldBeAsked("[\"a\"]");
        await client.SendAsync("421[\"leave\"]");
        await client.ShouldReceive("431[]");
        await app.IO.Inbox("42").EmitAsync("b");
        await client.ShouldBeQuiet();
        await app.UntilUnsettled("42", 2);
    }

    [Fact]
    public async Task A_client_gets_no_more_than_it_may_have_unacknowledged()
    {
        await using var app = await InboxApp.StartAsync();
        for (var i = 0; i < 40; i++) await app.IO.Inbox("42").EmitAsync("m", i);
        await using var client = await app.ConnectAsync();
        var first = await client.ShouldBeAsked("[\"m\",0]");
        for (var i = 1; i < 32; i++) await client.ShouldBeAsked($"[\"m\",{i}]");
        await client.ShouldBeQuiet();
        await client.AckAsync(first);
        await client.ShouldBeAsked("[\"m\",32]");
        await client.ShouldBeQuiet();
    }

    [Fact]
    public async Task Metadata_is_one_more_argument_where_it_is_wanted()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.Inbox = new InboxOptions { Metadata = DeliveryMetadata.Trailing });
        var receipt = await app.IO.Inbox("42").EmitAsync("order", 5);
        await using var client = await app.ConnectAsync();
        var (_, text) = InboxApp.Split(await client.ReceiveAsync());
        var arguments = System.Text.Json.JsonDocument.Parse(text).RootElement;
        arguments.GetArrayLength().ShouldBe(3);
        arguments[1].GetInt32().ShouldBe(5);
        var metadata = arguments[2];
        metadata.GetProperty("id").GetGuid().ShouldBe(receipt.Id);
        metadata.GetProperty("queue").GetString().ShouldBe("42");
        metadata.GetProperty("seq").GetInt64().ShouldBe(1);
        metadata.GetProperty("attempt").GetInt32().ShouldBe(1);
        metadata.GetProperty("redelivered").GetBoolean().ShouldBeFalse();
        metadata.GetProperty("enqueuedAt").GetDateTimeOffset().ShouldBeLessThanOrEqualTo(TimeProvider.System.GetUtcNow());
        metadata.TryGetProperty("key", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Tells_when_all_that_waited_has_been_sent()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.Inbox = new InboxOptions { SyncedEvent = "inbox:synced", MaxInFlight = 2 });
        for (var i = 0; i < 3; i++) await app.IO.Inbox("42").EmitAsync("m", i);
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"m\",0]"));
        await client.AckAsync(await client.ShouldBeAsked("[\"m\",1]"));
        await client.AckAsync(await client.ShouldBeAsked("[\"m\",2]"));
        await client.ShouldReceive("42[\"inbox:synced\",{\"pending\":3}]");
        await app.IO.Inbox("42").EmitAsync("m", 3);
        await client.ShouldBeAsked("[\"m\",3]");
        await using var empty = await app.ConnectAsync(user: "43");
        await empty.ShouldReceive("42[\"inbox:synced\",{\"pending\":0}]");
    }

    [Fact]
    public async Task Emits_may_expire_wait_replace_and_repeat()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        var inbox = app.IO.Inbox("42");
        await inbox.With(new InboxMessageOptions { TimeToLive = TimeSpan.FromMinutes(1) }).EmitAsync("short-lived");
        await inbox.With(new InboxMessageOptions { CollapseKey = "position" }).EmitAsync("position", 1);
        await inbox.With(new InboxMessageOptions { CollapseKey = "position" }).EmitAsync("position", 2);
        var first = await inbox.With(new InboxMessageOptions { DedupId = "x" }).EmitAsync("once");
        var second = await inbox.With(new InboxMessageOptions { DedupId = "x" }).EmitAsync("once");
        second.Duplicate.ShouldBeTrue();
        second.Id.ShouldBe(first.Id);
        await inbox.With(new InboxMessageOptions { Delay = TimeSpan.FromHours(1) }).EmitAsync("later");
        await app.PassAsync(TimeSpan.FromMinutes(2));
        await using var client = await app.ConnectAsync();
        await client.AckAsync(await client.ShouldBeAsked("[\"position\",2]"));
        await client.AckAsync(await client.ShouldBeAsked("[\"once\"]"));
        await app.UntilAcked("42", 2);
        await client.DisposeAsync();
        await app.PassAsync(TimeSpan.FromHours(2));
        await using var again = await app.ConnectAsync();
        await again.ShouldBeAsked("[\"later\"]");
    }

    [Fact]
    public async Task Without_a_store_there_are_no_inboxes()
    {
        await using var app = await StorkApp.StartAsync();
        Should.Throw<InvalidOperationException>(() => app.IO.Inbox("42")).Message.ShouldContain("DataDirectory");
    }

    [Fact]
    public async Task Refuses_names_that_are_reserved_and_messages_that_are_too_large()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.InboxQueue = QueueOptions.Inbox with { MaxMessageBytes = 100, MaxMessages = 1 });
        await Should.ThrowAsync<ArgumentException>(async () => await app.IO.Inbox("42").EmitAsync("disconnect"));
        (await Should.ThrowAsync<QueueException>(() => app.IO.Inbox("42").EmitAsync("m", new string('x', 200)).Within("the refusal")))
            .Code.ShouldBe(QueueErrorCode.TooLarge);
        await app.IO.Inbox("42").EmitAsync("m");
        (await Should.ThrowAsync<QueueException>(() => app.IO.Inbox("42").EmitAsync("m").Within("the refusal")))
            .Code.ShouldBe(QueueErrorCode.QueueFull);
    }

    private sealed class TokenResolver : IInboxIdentityResolver
    {
        public ValueTask<InboxIdentity?> ResolveAsync(Socket socket) =>
            new(socket.Handshake.Auth.GetProperty("token").GetString() == "seven" ? new InboxIdentity("user:7") : null);
    }
}
