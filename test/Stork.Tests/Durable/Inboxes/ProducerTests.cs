using System.Text.Json;
using Stork.Queues;
using Stork.Tests.Clients;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>Clients that put events into inboxes.</summary>
public sealed class ProducerTests
{
    [Fact]
    public async Task An_event_is_stored_as_it_came_and_answered_once_it_is()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapInbox(received => "shop:" + received.Arguments.Get<JsonElement>(0).GetProperty("shop").GetString()).FromEvent("order");
        await using var client = await app.ConnectAsync();
        await client.SendAsync("4217[\"order\",{\"shop\":\"7\",\"n\":1e400}]");
        var answer = await client.ReceiveAsync();
        answer.ShouldStartWith("4317[{\"status\":\"ok\",\"id\":\"");
        answer.ShouldEndWith(",\"seq\":1,\"duplicate\":false}]");
        await using var shop = await app.ConnectAsync("shop:7");
        await shop.AckAsync(await shop.ShouldBeAsked("[\"order\",{\"shop\":\"7\",\"n\":1e400}]"));
    }

    [Fact]
    public async Task A_repeat_is_stored_once_and_gets_the_same_id()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapInbox(_ => "shop").FromEvent("order").DeduplicateBy(received => received.Arguments.Get<string>(1));
        await using var client = await app.ConnectAsync();
        var first = await AskAsync(client, 1, "[\"order\",\"a\",\"id-1\"]");
        var again = await AskAsync(client, 2, "[\"order\",\"a\",\"id-1\"]");
        again.GetProperty("id").GetGuid().ShouldBe(first.GetProperty("id").GetGuid());
        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        await using var other = await app.ConnectAsync("43");
        var otherwise = await AskAsync(other, 1, "[\"order\",\"b\",\"id-1\"]");
        otherwise.GetProperty("duplicate").GetBoolean().ShouldBeFalse("ids are a sender's own");
        await app.UntilUnsettled("shop", 2);
    }

    [Fact]
    public async Task What_may_not_be_stored_is_refused_with_a_code()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.InboxQueue = QueueOptions.Inbox with { MaxMessages = 1, MaxMessageBytes = 200 });
        app.IO.MapInbox(received => received.Arguments.Get<string>(0) switch { "no" => null, var name => name })
            .FromEvent("order")
            .DeduplicateBy(received => received.Arguments.Get<string>(1));
        await using var client = await app.ConnectAsync();
        await ShouldAnswer(client, "[\"order\",\"no\",\"1\"]", "{\"status\":\"error\",\"code\":\"forbidden\"}");
        await ShouldAnswer(client, "[\"order\",\"shop\"]", "{\"status\":\"error\",\"code\":\"invalid\"}");
        await ShouldAnswer(client, "[\"order\",{},\"1\"]", "{\"status\":\"error\",\"code\":\"invalid\"}");
        await ShouldAnswer(client, $"[\"order\",\"{new string('x', 300)}\",\"1\"]", "{\"status\":\"error\",\"code\":\"invalid\"}");
        await ShouldAnswer(
            client, $"[\"order\",\"shop\",\"1\",\"{new string('x', 300)}\"]", "{\"status\":\"error\",\"code\":\"too_large\"}");
        (await AskAsync(client, 7, "[\"order\",\"shop\",\"1\"]")).GetProperty("status").GetString().ShouldBe("ok");
        await ShouldAnswer(client, "[\"order\",\"shop\",\"2\"]", "{\"status\":\"error\",\"code\":\"queue_full\",\"retryAfterMs\":1000}");
    }

    [Fact]
    public async Task A_full_inbox_says_when_to_try_again_or_nothing()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.InboxQueue = QueueOptions.Inbox with { MaxMessages = 1 });
        app.IO.MapInbox(_ => "shop").FromEvent("order").RetryAfter(TimeSpan.FromSeconds(7));
        app.IO.MapInbox(_ => "shop").FromEvent("patient").WithholdWhenFull();
        await using var client = await app.ConnectAsync();
        (await AskAsync(client, 1, "[\"order\"]")).GetProperty("status").GetString().ShouldBe("ok");
        await ShouldAnswer(client, "[\"order\"]", "{\"status\":\"error\",\"code\":\"queue_full\",\"retryAfterMs\":7000}");
        await client.SendAsync("426[\"patient\"]");
        await client.ShouldBeQuiet();
    }

    [Fact]
    public async Task Each_event_of_a_mapping_has_its_own_options()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapInbox(_ => "shop")
            .FromEvent("position", received => new InboxMessageOptions { CollapseKey = received.Arguments.Get<string>(0) })
            .FromEvent("order");
        await using var client = await app.ConnectAsync();
        for (var i = 1; i <= 2; i++)
        {
            await AskAsync(client, i, "[\"position\",\"van\"]");
            await AskAsync(client, i, "[\"order\",\"tea\"]");
        }

        (await app.IO.Inbox("shop").Queue.BrowseAsync()).Select(static message => message.Subject).ShouldBe(["order", "position", "order"]);
    }

    [Fact]
    public async Task Without_a_question_the_event_is_stored_all_the_same()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapInbox(_ => "shop").FromEvent("order");
        await using var client = await app.ConnectAsync();
        await client.SendAsync("42[\"order\",1]");
        await app.UntilUnsettled("shop", 1);
    }

    [Fact]
    public async Task Many_events_to_many_inboxes_are_stored_in_their_order_without_waiting_for_each_other()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapInbox(received => "shop:" + (received.Arguments.Get<int>(0) % 3)).FromEvent("order");
        await using var client = await app.ConnectAsync();
        await client.SendAsync([.. Enumerable.Range(0, 900).Select(i => $"42{i}[\"order\",{i}]")]);
        for (var i = 0; i < 900; i++)
        {
            var answer = await client.ReceiveAsync();
            var array = answer.IndexOf('[', StringComparison.Ordinal);
            var id = int.Parse(answer.AsSpan(2, array - 2), System.Globalization.CultureInfo.InvariantCulture);
            JsonDocument.Parse(answer[array..]).RootElement[0].GetProperty("seq").GetInt64().ShouldBe((id / 3) + 1);
        }
    }

    [Fact]
    public async Task One_that_is_refused_takes_none_of_those_with_it_that_came_together()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.InboxQueue = QueueOptions.Inbox with { MaxMessageBytes = 200 });
        app.IO.MapInbox(received => received.Arguments.Get<string>(0)).FromEvent("order");
        await using var client = await app.ConnectAsync();
        var orders = Enumerable.Range(0, 300).Select(i => $"42{i}[\"order\",\"shop\",\"{new string('x', i % 100 == 50 ? 300 : 3)}\"]");
        await client.SendAsync([.. orders]);
        var stored = 0;
        for (var i = 0; i < 300; i++)
        {
            var answer = await client.ReceiveAsync();
            var array = answer.IndexOf('[', StringComparison.Ordinal);
            var id = int.Parse(answer.AsSpan(2, array - 2), System.Globalization.CultureInfo.InvariantCulture);
            var reply = JsonDocument.Parse(answer[array..]).RootElement[0];
            if (id % 100 == 50)
            {
                reply.GetProperty("code").GetString().ShouldBe("too_large");
                continue;
            }

            stored++;
            reply.GetProperty("seq").GetInt64().ShouldBe(id + 1 - ((id + 50) / 100), "the others keep their order");
        }

        stored.ShouldBe(297);
    }

    [Fact]
    public async Task While_the_store_is_in_trouble_there_is_no_answer()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapInbox(_ => "shop").FromEvent("order");
        await using var client = await app.ConnectAsync();
        await app.IO.Store!.DisposeAsync();
        await client.SendAsync("421[\"order\",1]");
        await app.App.Log.WaitForAsync(44);
        await client.ShouldBeQuiet();
    }

    private static async Task<JsonElement> AskAsync(TestClient client, int id, string arguments)
    {
        await client.SendAsync($"42{id}{arguments}");
        var answer = await client.ReceiveAsync();
        answer.ShouldStartWith($"43{id}[");
        return JsonDocument.Parse(answer[$"43{id}".Length..]).RootElement[0];
    }

    private static async Task ShouldAnswer(TestClient client, string arguments, string answer)
    {
        await client.SendAsync($"425{arguments}");
        await client.ShouldReceive($"435[{answer}]");
    }
}
