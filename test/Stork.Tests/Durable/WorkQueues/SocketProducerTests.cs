using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Stork.Queues;
using Stork.Tests.Clients;
using Stork.Tests.Durable.Inboxes;

namespace Stork.Tests.Durable.WorkQueues;

public sealed class SocketProducerTests
{
    [Fact]
    public async Task A_clients_event_is_stored_and_acknowledged_with_a_receipt()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapQueue("orders").FromEvent("order").AllowProducers(_ => ValueTask.FromResult(true));
        await using var client = await app.ConnectAsync();
        var reply = await AskAsync(client, "[\"order\",{\"item\" : 1e2}]");
        reply.GetProperty("status").GetString().ShouldBe("ok");
        reply.GetProperty("seq").GetInt64().ShouldBe(1);
        reply.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        var stored = (await app.IO.Store!.Queue("orders").BrowseAsync(new BrowseOptions { WithBody = true })).ShouldHaveSingleItem();
        stored.Id.ShouldBe(reply.GetProperty("id").GetGuid());
        // The very bytes that came.
        stored.Body.ShouldBe("{\"item\" : 1e2}"u8.ToArray());
    }

    [Fact]
    public async Task A_receipt_is_sent_after_the_job_survives_a_crash()
    {
        var directory = Directory.CreateTempSubdirectory("stork").FullName;
        try
        {
            await using var app = await InboxApp.StartAsync(directory);
            app.IO.MapQueue("orders").FromEvent("order").AllowProducers(_ => ValueTask.FromResult(true));
            await using var client = await app.ConnectAsync();
            for (var i = 0; i < 20; i++) await AskAsync(client, $"[\"order\",{i}]");

            var copy = await KilledProcess.CopyAsync(directory);
            await using var again = await InboxApp.StartAsync(copy);
            (await again.IO.Store!.Queue("orders").GetStatisticsAsync())!.Ready.ShouldBe(20);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_retry_of_the_client_is_a_duplicate()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapQueue("orders")
            .FromEvent("order", received =>
            {
                var user = received.Socket.Handshake.User.FindFirstValue(ClaimTypes.NameIdentifier);
                return new EnqueueOptions { DedupId = user + " " + received.Arguments.Get<string>(1) };
            })
            .AllowProducers(_ => ValueTask.FromResult(true));
        await using var client = await app.ConnectAsync("ann");
        var first = await AskAsync(client, "[\"order\",1,\"offset-1\"]");
        var second = await AskAsync(client, "[\"order\",1,\"offset-1\"]");
        second.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        second.GetProperty("id").GetGuid().ShouldBe(first.GetProperty("id").GetGuid());
        await using var other = await app.ConnectAsync("ben");
        (await AskAsync(other, "[\"order\",1,\"offset-1\"]")).GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        (await app.IO.Store!.Queue("orders").GetStatisticsAsync())!.Ready.ShouldBe(2);
    }

    [Fact]
    public async Task Many_events_are_stored_in_their_order_without_waiting_for_each_other()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapQueue("orders").FromEvent<int>("order").AllowProducers(_ => ValueTask.FromResult(true));
        await using var client = await app.ConnectAsync();
        await client.SendAsync([.. Enumerable.Range(0, 1000).Select(i => $"42{i}[\"order\",{i}]")]);
        for (var i = 0; i < 1000; i++)
        {
            var answer = await client.ReceiveAsync();
            var id = int.Parse(answer[2..answer.IndexOf('[', StringComparison.Ordinal)], System.Globalization.CultureInfo.InvariantCulture);
            var receipt = JsonDocument.Parse(answer[answer.IndexOf('[', StringComparison.Ordinal)..]).RootElement[0];
            receipt.GetProperty("seq").GetInt64().ShouldBe(id + 1);
        }
    }

    [Fact]
    public async Task Refusals_have_a_code()
    {
        await using var app = await InboxApp.StartAsync(
            options: o => o.ConfigureQueue("orders", q => q with { MaxMessages = 1, MaxMessageBytes = 1000 }),
            services: s => s.AddAuthorizationBuilder().AddPolicy("customers", p => p.RequireClaim(ClaimTypes.NameIdentifier, "customer")));
        app.IO.MapQueue("orders").FromEvent<Thumbnail>("order").AllowProducers("customers");
        app.IO.MapQueue("nobody's").FromEvent("other");
        app.IO.MapQueue("broken").FromEvent("broken").AllowProducers("no such policy");
        await using var guest = await app.ConnectAsync("guest");
        await using var customer = await app.ConnectAsync("customer");
        (await AskAsync(guest, "[\"order\",{\"source\":\"a\"}]")).GetProperty("code").GetString().ShouldBe("forbidden");
        (await AskAsync(customer, "[\"other\",1]")).GetProperty("code").GetString().ShouldBe("forbidden");
        (await AskAsync(customer, "[\"broken\",1]")).GetProperty("code").GetString().ShouldBe("forbidden");
        foreach (var invalid in new[] { "", ",null", ",7", ",[1]", ",{\"source\":7}" })
            (await AskAsync(customer, $"[\"order\"{invalid}]")).GetProperty("code").GetString().ShouldBe("invalid");
        (await AskAsync(customer, $"[\"order\",{{\"source\":\"{new string('x', 1000)}\"}}]"))
            .GetProperty("code").GetString().ShouldBe("too_large");
        (await AskAsync(customer, "[\"order\",{\"source\":\"a\"}]")).GetProperty("status").GetString().ShouldBe("ok");
        var full = await AskAsync(customer, "[\"order\",{\"source\":\"b\"}]");
        full.GetProperty("code").GetString().ShouldBe("queue_full");
        full.GetProperty("retryAfterMs").GetInt32().ShouldBe(1000);
    }

    [Fact]
    public async Task A_full_queue_may_leave_the_client_without_an_answer()
    {
        await using var app = await InboxApp.StartAsync(options: o => o.ConfigureQueue("orders", q => q with { MaxMessages = 1 }));
        app.IO.MapQueue("orders").FromEvent("order").AllowProducers(_ => ValueTask.FromResult(true)).WithholdWhenFull();
        await using var client = await app.ConnectAsync();
        await AskAsync(client, "[\"order\",1]");
        await client.SendAsync("421[\"order\",2]");
        await client.ShouldBeQuiet();
        await app.IO.Store!.Queue("orders").PurgeAsync();
        (await AskAsync(client, "[\"order\",2]")).GetProperty("status").GetString().ShouldBe("ok");
    }

    [Fact]
    public async Task A_full_queue_says_when_to_try_again()
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.ConfigureQueue("orders", queue => queue with { MaxMessages = 1 }));
        app.IO.MapQueue("orders").FromEvent("order").AllowProducers(_ => ValueTask.FromResult(true)).RetryAfter(TimeSpan.FromSeconds(7));
        await using var client = await app.ConnectAsync();
        await AskAsync(client, "[\"order\",1]");
        (await AskAsync(client, "[\"order\",2]")).GetProperty("retryAfterMs").GetInt32().ShouldBe(7000);
    }

    [Fact]
    public async Task The_receipt_of_an_event_that_is_handled_once_is_its_answer_to_every_repeat()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.HandleOnce("order", received => received.Arguments.Get<string>(1));
        app.IO.MapQueue("orders").FromEvent("order").AllowProducers(_ => ValueTask.FromResult(true));
        await using var client = await app.ConnectAsync();
        var first = await AskAsync(client, "[\"order\",1,\"x\"]");
        first.GetProperty("status").GetString().ShouldBe("ok");
        (await AskAsync(client, "[\"order\",1,\"x\"]")).GetRawText().ShouldBe(first.GetRawText());
        (await app.IO.Store!.Queue("orders").GetStatisticsAsync())!.Ready.ShouldBe(1);
    }

    [Fact]
    public async Task A_store_in_trouble_leaves_the_client_without_an_answer()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapQueue("orders").FromEvent("order").AllowProducers(_ => ValueTask.FromResult(true));
        await using var client = await app.ConnectAsync();
        await AskAsync(client, "[\"order\",1]");
        await app.IO.Store!.DisposeAsync();
        await client.SendAsync("421[\"order\",2]");
        await client.ShouldBeQuiet();
        await app.App.Log.WaitForAsync(72);
    }

    [Fact]
    public async Task An_event_without_acknowledgement_is_stored_too_and_binary_data_goes_through_to_a_worker()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.MapQueue("images").FromEvent("image").AllowProducers(_ => ValueTask.FromResult(true));
        var got = new TaskCompletionSource<Thumbnail>();
        app.IO.Queue<Thumbnail>("images").Consume((context, _) =>
        {
            got.TrySetResult(context.Job);
            return Task.CompletedTask;
        });
        await using var client = await app.ConnectAsync();
        await client.SendAsync("451-[\"image\",{\"source\":\"camera\",\"pixels\":{\"_placeholder\":true,\"num\":0}}]", "bAQID");
        (await got.Task.WaitAsync(Patience.Limit)).Pixels.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Authorization_is_asked_once_for_each_socket()
    {
        var count = 0;
        await using var app = await InboxApp.StartAsync();
        app.IO.MapQueue("orders").FromEvent("order").AllowProducers(async socket =>
        {
            Interlocked.Increment(ref count);
            await Task.Yield();
            return true;
        });
        await using var client = await app.ConnectAsync();
        for (var i = 0; i < 5; i++) await AskAsync(client, "[\"order\",1]");
        count.ShouldBe(1);
    }

    [Fact]
    public async Task Other_namespaces_know_nothing_of_the_mapping()
    {
        await using var app = await InboxApp.StartAsync();
        app.IO.Of("/shop").MapQueue("orders").FromEvent("order").AllowProducers(_ => ValueTask.FromResult(true));
        await using var client = await app.ConnectAsync();
        await client.SendAsync("421[\"order\",1]");
        await client.ShouldBeQuiet();
        await client.JoinAsync("/shop");
        await client.SendAsync("42/shop,1[\"order\",1]");
        (await client.ReceiveAsync()).ShouldStartWith("43/shop,1[{\"status\":\"ok\"");
    }

    private static async Task<JsonElement> AskAsync(TestClient client, string arguments)
    {
        await client.SendAsync($"421{arguments}");
        var answer = await client.ReceiveAsync();
        answer.ShouldStartWith("431[");
        return JsonDocument.Parse(answer[3..]).RootElement[0];
    }
}
