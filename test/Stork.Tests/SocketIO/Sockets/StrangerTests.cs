using Stork.Tests.Clients;
using Stork.Tests.Recovery;

namespace Stork.Tests.SocketIO.Sockets;

/// <summary>A connection that has joined no namespace cannot make the server hold attachments.</summary>
public sealed class StrangerTests : IDisposable
{
    private const string Announcement = "[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";

    private readonly DataDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(SocketIOTransports.WebSocket, "452-")]
    [InlineData(SocketIOTransports.WebSocket, "452-/elsewhere,")]
    [InlineData(SocketIOTransports.WebSocket, "462-1")]
    [InlineData(SocketIOTransports.Polling, "452-")]
    public async Task What_it_announces_is_not_waited_for(SocketIOTransports transport, string header)
    {
        await using var app = await StorkApp.StartAsync();
        await using var client = await TestClient.OpenAsync(app, transport);
        await client.SendAsync(header + Announcement);
        (await client.ReceiveRestAsync()).ShouldBe(transport == SocketIOTransports.Polling ? ["6", "1"] : []);
        await app.UntilConnections(0);
        app.Log.Of(6).ShouldHaveSingleItem().Message.ShouldContain("not joined");
        app.Log.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nor_is_it_for_another_namespace_than_those_joined()
    {
        await using var pair = await Pair.ConnectAsync();
        await pair.Client.SendAsync("452-/elsewhere," + Announcement);
        (await pair.Client.ReceiveRestAsync()).ShouldBeEmpty();
        await pair.App.UntilConnections(0);
    }

    [Theory]
    [InlineData(30_000, true)]
    [InlineData(70_000, false)]
    public async Task Early_answers_to_messages_of_an_inbox_are_waited_for_as_long_as_they_are_small(int size, bool isTaken)
    {
        await using var app = await StorkApp.StartAsync(options => options.DataDirectory = _directory.Path);
        await using var client = await WebSocketClient.OpenAsync(app);
        await client.SendAsync("462-1[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
        await client.SendAsync(new byte[size]);
        if (isTaken)
        {
            await client.SendAsync([1]);
            await client.JoinAsync();
            return;
        }

        (await client.ReceiveRestAsync()).ShouldBeEmpty();
        await app.UntilConnections(0);
    }
}
