using Stork.Tests.Clients;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>What the store brings for many sockets is sent in common.</summary>
public sealed class RoundTests
{
    [Fact]
    public async Task Each_of_many_clients_gets_all_of_its_messages_in_order()
    {
        const int Clients = 50;
        await using var app = await InboxApp.StartAsync();
        var clients = new List<TestClient>();
        for (var i = 0; i < Clients; i++) clients.Add(await app.ConnectAsync($"u{i}"));
        for (var i = 0; i < Clients; i++) await app.UntilConsumers($"u{i}", 1);
        for (var first = 1; first <= 9; first += 3)
        {
            var messages = Enumerable.Range(first, 3)
                .SelectMany(number => Enumerable.Range(0, Clients).Select(i => app.IO.Inbox($"u{i}").Prepare("order", i, number)));
            await app.IO.StoreAsync([.. messages]);
        }

        for (var i = 0; i < Clients; i++)
        {
            for (var number = 1; number <= 9; number++)
                await clients[i].AckAsync(await clients[i].ShouldBeAsked($"[\"order\",{i},{number}]"));
            await app.UntilAcked($"u{i}", 9);
            await clients[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task Messages_that_come_one_by_one_faster_than_they_are_sent_keep_their_order()
    {
        const int Clients = 4;
        const int Messages = 500;
        await using var app = await InboxApp.StartAsync();
        var clients = new List<TestClient>();
        for (var i = 0; i < Clients; i++) clients.Add(await app.ConnectAsync($"u{i}"));
        for (var i = 0; i < Clients; i++) await app.UntilConsumers($"u{i}", 1);
        var stored = new List<Task>();
        for (var number = 1; number <= Messages; number++)
        {
            for (var i = 0; i < Clients; i++) stored.Add(app.IO.Inbox($"u{i}").EmitAsync("order", i, number));
            // A turn of the store for each few of them.
            if (number % 5 == 0) await stored[^1].Within("the store");
        }

        await Task.WhenAll(stored).Within("the store");
        await Task.WhenAll(clients.Select(async (client, i) =>
        {
            for (var number = 1; number <= Messages; number++)
                await client.AckAsync(await client.ShouldBeAsked($"[\"order\",{i},{number}]"));
            await client.DisposeAsync();
        }));
    }

    [Fact]
    public async Task Listeners_of_outgoing_events_that_keep_their_threads_hold_up_no_other_client()
    {
        var slow = Environment.ProcessorCount + 1;
        using var go = new ManualResetEventSlim();
        using var blocked = new CountdownEvent(slow);
        await using var app = await InboxApp.StartAsync();
        app.IO.OnConnection(socket =>
        {
            if (!socket.Handshake.Query["user"].ToString().StartsWith("slow", StringComparison.Ordinal)) return;
            socket.OnAnyOutgoing(_ =>
            {
                blocked.Signal();
                go.Wait();
            });
        });
        var clients = new List<TestClient>();
        for (var i = 0; i < slow; i++) clients.Add(await app.ConnectAsync($"slow{i}"));
        await using var other = await app.ConnectAsync("other");
        try
        {
            for (var i = 0; i < slow; i++) await app.IO.Inbox($"slow{i}").EmitAsync("order", i);
            await Task.Run(blocked.Wait).Within("all listeners to be called");
            await app.IO.Inbox("other").EmitAsync("order", "now");
            await other.AckAsync(await other.ShouldBeAsked("[\"order\",\"now\"]"));
        }
        finally
        {
            go.Set();
        }

        for (var i = 0; i < slow; i++)
        {
            await clients[i].ShouldBeAsked($"[\"order\",{i}]");
            await clients[i].DisposeAsync();
        }
    }
}
