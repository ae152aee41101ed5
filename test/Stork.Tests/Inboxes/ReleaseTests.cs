using Stork.Tests.Clients;

namespace Stork.Tests.Inboxes;

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

    /// <summary>Gives the message back as often as it comes, which is so often.</summary>
    private static async Task ReleaseAsync(TestClient client, int times)
    {
        for (var i = 0; i < times; i++) await client.AckAsync(await client.ShouldBeAsked("[\"a\"]"), Release);
        await client.ShouldBeQuiet();
    }
}
