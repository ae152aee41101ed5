using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;
using Stork.Queues;

namespace Stork.Interop.Tests.Inboxes;

/// <summary>Clients that know nothing of inboxes use them.</summary>
public sealed class InboxClientTests
{
    [Theory, EveryClient]
    public async Task Every_official_client_gets_its_messages_and_settles_them(ClientVersion version, ClientTransport transport)
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 3; i++) await server.IO.Inbox("42").EmitAsync("order", i, new byte[i]);
        await using var script = await Scenario.StartAsync("inbox", server.Url, version, transport);
        (await script.NextAsync("received")).GetProperty("received").ToString().ShouldBe("[[0,0],[1,1],[2,2]]");
        await server.IO.Inbox("42").EmitAsync("order", 3, new byte[3]);
        (await script.NextAsync("received")).GetProperty("received").ToString().ShouldBe("[[3,3]]");
        await script.CompleteAsync();
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task The_Python_client_acknowledges_by_returning(string transport)
    {
        await PythonClientTests.RequireAsync();
        await using var server = await StartAsync();
        for (var i = 0; i < 3; i++) await server.IO.Inbox("42").EmitAsync("order", i, new byte[i]);
        await using var script = ChildProcess.Start(
            $"python-socketio ({transport})",
            PythonClientTests.Python,
            ["python/inbox.py", server.Url.ToString(), transport],
            NodePackages.Directory);
        (await script.NextAsync("received")).GetProperty("received").ToString().Replace(" ", "").ShouldBe("[[0,0],[1,1],[2,2]]");
        await script.CompleteAsync();
    }

    private static Task<TestServer> StartAsync() => TestServer.StartAsync(
        io => io.OnConnection(async socket =>
        {
            await socket.SubscribeInboxAsync(socket.Handshake.Auth.GetProperty("user").GetString()!);
            socket.On("settled?", async (int count) =>
            {
                while ((await io.Inbox("42").Queue.GetStatisticsAsync())!.Acked < count) await Task.Yield();
            });
        }),
        options =>
        {
            options.DataDirectory = "memory";
            options.Store = new QueueStoreOptions { Durability = Durability.Memory };
        });
}
