using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

/// <summary>Clients that send more than their handlers can take, and what they need meanwhile.</summary>
public sealed class FloodTests
{
    [Theory, EveryClient]
    public async Task A_handler_gets_an_answer_from_behind_more_events_than_may_wait(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(
            io => io.OnConnection(socket => Count(socket, () => socket.EmitWithAckAsync<string>("confirm"))));
        await Scenario.RunAsync("flood", server.Url, version, transport, new { count = 5_000 });
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ClientVersion.V4_0)]
    [InlineData(ClientVersion.V4_5)]
    [InlineData(ClientVersion.V4_8)]
    [InlineData(ClientVersion.V4_8_MessagePack)]
    public async Task The_transport_changes_also_when_a_post_waits_for_longer_than_that_may_take(ClientVersion version)
    {
        var wait = TimeSpan.FromSeconds(2);
        using var flooded = new ManualResetEventSlim();
        await using var server = await TestServer.StartAsync(
            io => io.OnConnection(socket => Count(socket, async () =>
            {
                await Task.Delay(wait, TimeProvider.System);
                return "confirmed";
            })),
            options => (options.MaxInputBufferSize, options.UpgradeTimeout) = (100_000, wait / 4),
            before: context =>
            {
                // The WebSocket comes when the flood is under way, as the client keeps that to itself once the change has begun.
                if (context.Request.ContentLength > 10_000) flooded.Set();
                if (context.Request.Headers.Upgrade.Count > 0) flooded.Wait(TimeSpan.FromSeconds(20));
            });
        var reports = await Scenario.RunAsync("flood", server.Url, version, ClientTransport.Upgrade, new { count = 5_000 });
        reports.Single().GetProperty("transport").GetString().ShouldBe("websocket");
        server.Log.Errors.ShouldBeEmpty();
    }

    private static void Count(Socket socket, Func<Task<string?>> begin)
    {
        var count = 0;
        socket.On("begin", begin);
        socket.On("number", (int number) => number.ShouldBe(count++));
        socket.On("how many", () => count);
    }
}
