using System.Text.Json;
using Stork.Queues;
using Stork.Tests.Clients;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>Two devices of one identity that take and acknowledge at the same time.</summary>
public sealed class FanoutTests
{
    private const int Messages = 200;

    [Theory]
    [InlineData(Fanout.FirstAck)]
    [InlineData(Fanout.PerDevice)]
    [InlineData(Fanout.ActiveDevice)]
    public async Task Each_way_of_sharing_settles_every_message_once_however_the_acknowledgements_fall(Fanout fanout)
    {
        await using var app = await InboxApp.StartAsync(
            options: options => options.InboxQueue = QueueOptions.Inbox with { Fanout = fanout });
        app.IO.Use(async socket => await socket.SubscribeInboxAsync("shared", new InboxOptions
        {
            Device = fanout == Fanout.PerDevice ? socket.Handshake.Auth.GetProperty("device").GetString() : null,
        }));
        await using var phone = await OpenAsync(app, "phone", 1);
        await using var laptop = await OpenAsync(app, "laptop", 2);
        var taking = new[] { TakeAsync(phone), TakeAsync(laptop) };
        for (var number = 0; number < Messages; number++) await app.IO.Inbox("shared").EmitAsync("message", number);
        await app.UntilAcked("shared", Messages);
        await app.IO.EmitAsync("end");
        var (byPhone, byLaptop) = (await taking[0].Within("the phone to take all"), await taking[1].Within("the laptop to take all"));

        int[] all = [.. Enumerable.Range(0, Messages)];
        switch (fanout)
        {
            case Fanout.PerDevice:
                byPhone.ShouldBe(all);
                byLaptop.ShouldBe(all);
                break;
            case Fanout.ActiveDevice:
                byPhone.ShouldBeEmpty("the newest is the active one");
                byLaptop.ShouldBe(all);
                break;
            default:
                byPhone.ShouldBeInOrder();
                byLaptop.ShouldBeInOrder();
                byPhone.Union(byLaptop).Order().ShouldBe(all);
                byPhone.ShouldBeUnique();
                byLaptop.ShouldBeUnique();
                break;
        }

        var after = (await app.IO.Inbox("shared").Queue.GetStatisticsAsync())!;
        (after.Acked, after.Ready, after.InFlight, after.Scheduled).ShouldBe((Messages, 0, 0, 0));
    }

    private static async Task<TestClient> OpenAsync(InboxApp app, string device, int count)
    {
        var client = await app.OpenAsync();
        await client.JoinAsync(auth: $$"""{"device":"{{device}}"}""");
        await app.UntilConsumers("shared", count);
        return client;
    }

    private static async Task<List<int>> TakeAsync(TestClient client)
    {
        var taken = new List<int>();
        while (await client.ReceiveAsync() is var packet && packet != "42[\"end\"]")
        {
            var (ackId, arguments) = InboxApp.Split(packet);
            taken.Add(JsonElement.Parse(arguments)[1].GetInt32());
            await client.AckAsync(ackId);
        }

        return taken;
    }
}
