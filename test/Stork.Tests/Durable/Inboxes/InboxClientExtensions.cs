using Stork.Tests.Clients;

namespace Stork.Tests.Durable.Inboxes;

internal static class InboxClientExtensions
{
    /// <summary>The next packet, which has to be this event with a question for an acknowledgement; its number is returned.</summary>
    public static async Task<int> ShouldBeAsked(this TestClient client, string expected, string nsp = "/")
    {
        var (ackId, name) = InboxApp.Split(await client.ReceiveAsync(), nsp);
        name.ShouldBe(expected);
        return ackId;
    }

    public static Task AckAsync(this TestClient client, int ackId, string arguments = "[]") => client.SendAsync($"43{ackId}{arguments}");

    /// <summary>Shows that nothing else came: the answer to a question of the client's is next.</summary>
    public static async Task ShouldBeQuiet(this TestClient client)
    {
        await client.SendAsync("42999[\"quiet?\"]");
        await client.ShouldReceive("43999[]");
    }
}
