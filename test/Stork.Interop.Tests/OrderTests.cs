using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests;

public sealed class OrderTests
{
    [Theory]
    [InlineData(ClientVersion.V4_0, 0)]
    [InlineData(ClientVersion.V4_0, 10)]
    [InlineData(ClientVersion.V4_8, 0)]
    [InlineData(ClientVersion.V4_8, 10)]
    [InlineData(ClientVersion.V4_8_MessagePack, 10)]
    public async Task Nothing_is_lost_doubled_or_overtaken_while_the_transport_changes(ClientVersion version, int latencyMs)
    {
        await using var server = await TestServer.StartAsync(io => io.OnConnection(CountBothWays));
        var reports = await Scenario.RunAsync("order", server.Url, version, ClientTransport.Upgrade, new { latencyMs });

        reports.Count.ShouldBe(4);
        foreach (var what in latencyMs == 0 ? ["before", "afterwards"] : new[] { "before", "underWay", "afterwards" })
            reports.Sum(report => report.GetProperty(what).GetInt32()).ShouldBeGreaterThan(0, $"numbers {what} of the upgrade");
        server.Log.Errors.ShouldBeEmpty();
    }

    [Theory, EveryClient]
    public async Task A_burst_keeps_its_order(ClientVersion version, ClientTransport transport)
    {
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket =>
        {
            var count = 0;
            socket.On("number", (int number) =>
            {
                number.ShouldBe(count++);
                return socket.EmitAsync("back", number);
            });
            socket.On("how many", () => count);
        }));
        await Scenario.RunAsync("many", server.Url, version, transport);
        server.Log.Errors.ShouldBeEmpty();
    }

    /// <summary>Sends the client's numbers back from its handler, and as many of its own from another thread,
    /// until the client has enough.</summary>
    private static void CountBothWays(Socket socket)
    {
        var expected = 0;
        var isEnough = false;
        var credits = new SemaphoreSlim(200);
        var counting = Task.Run(CountAsync);
        socket.On("number", (int number, byte[]? data) =>
        {
            number.ShouldBe(expected++);
            if (number % 3 == 0) data.ShouldBe([(byte)number, 1, 2]);
            credits.Release();
            return socket.EmitAsync("back", number, data);
        });
        socket.On("enough", async () =>
        {
            Volatile.Write(ref isEnough, true);
            credits.Release();
            return await counting;
        });

        async Task<int> CountAsync()
        {
            for (var number = 0; ; number++)
            {
                await credits.WaitAsync();
                if (Volatile.Read(ref isEnough) && credits.CurrentCount == 0) return number;
                await socket.EmitAsync("number", number, number % 3 == 0 ? new byte[] { (byte)number, 1, 2 } : null);
            }
        }
    }
}
