using Stork.Tests.Clients;

namespace Stork.Tests.Durable.Inboxes;

/// <summary>Clients that give back what they get.</summary>
public sealed class ReleaseTests
{
    private const string Release = "[{\"$release\":true}]";

    [Fact]
    public async Task A_client_that_gives_its_message_back_for_ever_gets_it_ten_times_a_second()
    {
        await using var app = await InboxApp.StartAsync(isTimed: true);
        await app.IO.Inbox("42").EmitAsync("a");
        await using var client = await app.ConnectAsync();
        await ReleaseAsync(client, new InboxOptions().MaxInFlight);
        for (var half = 0; half < 4; half++)
        {
            await app.PassAsync(TimeSpan.FromSeconds(0.5));
            await ReleaseAsync(client, 5);
        }

        (await app.IO.Inbox("42").Queue.BrowseAsync()).ShouldHaveSingleItem().FailureCount.ShouldBe(0);
    }

    [Fact]
    public async Task An_inbox_taken_away_while_its_messages_are_sent_gets_them_back_uncounted()
    {
        await using var app = await InboxApp.StartAsync();
        for (var i = 1; i <= 3; i++) await app.IO.Inbox("news").EmitAsync("news", i);
        using var areThere = new ManualResetEventSlim();
        var leaving = new TaskCompletionSource<Task>();
        app.IO.OnConnection(socket =>
        {
            var sent = 0;
            socket.OnAnyOutgoing(_ =>
            {
                // The second is sent when all have arrived, so that the third is behind it.
                if (++sent == 1) areThere.Wait(Patience.Limit).ShouldBeTrue("all three are in flight");
                else leaving.SetResult(socket.UnsubscribeInboxAsync("news"));
            });
            return socket.SubscribeInboxAsync("news");
        });
        await using var client = await app.ConnectAsync(user: null);
        await app.UntilAsync("news", numbers => numbers?.InFlight == 3, "three messages of the inbox were in flight");
        areThere.Set();
        await (await leaving.Task.Within("the second message")).Within("the end of the subscription");
        await client.ShouldBeAsked("[\"news\",1]");
        await client.ShouldBeAsked("[\"news\",2]");
        await client.ShouldBeQuiet();
        await app.UntilAsync("news", numbers => numbers is { Ready: 3, Consumers: 0 }, "all three waited again");
        (await app.IO.Inbox("news").Queue.BrowseAsync()).ShouldAllBe(message => message.FailureCount == 0);
        app.App.Log.Problems.ShouldBeEmpty();
    }

    /// <summary>Gives the message back as often as it comes, which is so often.</summary>
    private static async Task ReleaseAsync(TestClient client, int times)
    {
        for (var i = 0; i < times; i++) await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"), Release);
        await client.ShouldBeQuiet();
    }
}
