using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Inboxes;

/// <summary>The connection breaks once at every stage: handshake, joining, upgrade, delivery, acknowledgement.</summary>
public sealed class LossTests
{
    /// <summary>More than a client needs in either direction until all is settled.</summary>
    private const int WholeConversation = 3_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_loses_its_connection_at_any_byte_gets_everything_in_order(bool fromServer)
    {
        await NodePackages.RequireAsync();
        await using var server = new DurableServer();
        await server.StartAsync();
        await using var network = new TcpProxy(server.Port);
        await using var clients = ChildProcess.Start(
            "clients", "node", ["loss.mjs", network.Url.ToString(), server.Url.ToString(), "socket.io-client-4.8"], NodePackages.Directory);
        await clients.NextAsync("running");
        for (var bytes = 0; bytes < WholeConversation; bytes += 83)
        {
            network.CutAfter(fromServer, bytes);
            await clients.TellAsync($"user{bytes}");
            var served = await clients.NextAsync("served");
            var received = served.GetProperty("received").EnumerateArray()
                .Select(entry => (Number: entry[0].GetInt32(), Connection: entry[1].GetInt32())).ToList();
            received.Select(entry => entry.Number).Distinct().ShouldBe([0, 1, 2], $"cut after {bytes} bytes");
            received.ShouldBeUnique($"cut after {bytes} bytes: nothing is repeated on the same connection");
        }
    }
}
