using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Recovery;

/// <summary>The connection is lost, and lost again at every stage of coming back: handshake, joining, replay, upgrade,
/// and after it.</summary>
public sealed class LossTests
{
    /// <summary>More than a client needs in either direction until it is back, upgraded, and has an answer.</summary>
    private const int WholeReturn = 1_300;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_loses_its_connection_again_at_any_byte_of_its_return_misses_and_doubles_nothing(bool fromServer)
    {
        await using var host = await RecoveringHost.StartAsync();
        await using var network = new TcpProxy(host.Url.Port);
        await using var clients = await StartAsync(network);
        for (var bytes = 0; bytes < WholeReturn; bytes += 41)
        {
            await ConnectAsync(clients);
            await host.EmitAsync("news", 0);
            await clients.NextAsync("received");
            network.CutAfter(fromServer, bytes);
            network.Cut();
            await host.EmitAsync("news", 1);
            await host.EmitAsync("news", 2);
            await ShouldFinishAsync(clients, $"cut after {bytes} bytes");
        }
    }

    [Theory]
    [InlineData("only the client hears of the end")]
    [InlineData("the network holds everything back, and drops it")]
    [InlineData("the network holds everything back, and lets it go after the client has left")]
    public async Task A_network_that_misbehaves_otherwise_does_no_harm_either(string how)
    {
        await using var host = await RecoveringHost.StartAsync();
        await using var network = new TcpProxy(host.Url.Port);
        await using var clients = await StartAsync(network);
        for (var round = 0; round < 3; round++)
        {
            await ConnectAsync(clients);
            await host.EmitAsync("news", 0);
            await clients.NextAsync("received");
            if (how.StartsWith("only", StringComparison.Ordinal))
            {
                network.HalfClose();
                await host.EmitAsync("news", 1);
            }
            else
            {
                network.Stall();
                await host.EmitAsync("news", 1);
                if (how.EndsWith("drops it", StringComparison.Ordinal)) network.Cut();
                else network.HalfClose();
                network.Resume();
            }

            await host.EmitAsync("news", 2);
            await ShouldFinishAsync(clients, how);
        }
    }

    private static async Task<ChildProcess> StartAsync(TcpProxy network)
    {
        await NodePackages.RequireAsync();
        var clients = ChildProcess.Start(
            "clients", "node", ["recovery-loss.mjs", network.Url.ToString(), "socket.io-client-4.8"], NodePackages.Directory);
        await clients.NextAsync("running");
        return clients;
    }

    private static async Task ConnectAsync(ChildProcess clients)
    {
        await clients.TellAsync("connect");
        await clients.NextAsync("connected");
    }

    private static async Task ShouldFinishAsync(ChildProcess clients, string how)
    {
        await clients.TellAsync("finish");
        var result = await clients.NextAsync("finished");
        result.GetProperty("news").EnumerateArray().Select(number => number.GetInt32()).ShouldBe([0, 1, 2], how);
        var recovered = result.GetProperty("recovered").EnumerateArray().Select(value => value.GetBoolean()).ToList();
        recovered[0].ShouldBeFalse();
        recovered.Skip(1).ShouldAllBe(value => value, how);
        recovered.Count.ShouldBeGreaterThan(1, how);
    }
}
