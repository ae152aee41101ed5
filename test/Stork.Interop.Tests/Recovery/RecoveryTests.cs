using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Recovery;

/// <summary>Official clients behind a network that freezes, and a server that is killed meanwhile, or that has not noticed.</summary>
public sealed class RecoveryTests
{
    [Theory]
    [CombinatorialRecovery]
    public async Task What_was_missed_comes_in_order_before_connect(ClientVersion version, ClientTransport transport, bool killed)
    {
        await using var host = await RecoveringHost.StartAsync(version);
        await using var script = await StartAsync(host, version, transport, rounds: 1, missed: 4);
        await script.TellAsync("go");
        await script.NextAsync("away");
        await host.EmitAsync("news", 1, "room");
        await host.EmitAsync("news", 2);
        await host.EmitAsync("news", 99, "elsewhere");
        await host.EmitAsync("news", 3, "room");
        if (killed)
        {
            await host.KillAsync();
            await host.RestartAsync();
        }

        await host.EmitAsync("news", 4, "room");
        await script.TellAsync("go");
        var report = await script.NextAsync("back");
        report.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        report.GetProperty("sameId").GetBoolean().ShouldBeTrue();
        News(report).ShouldBe([0, 1, 2, 3, 4]);
        var who = report.GetProperty("who");
        who.GetProperty("recovered").GetBoolean().ShouldBeTrue();
        who.GetProperty("name").GetString().ShouldBe("Ada");
        who.GetProperty("rooms").EnumerateArray().Select(room => room.GetString()).ShouldBe(["room"]);
        await script.CompleteAsync();
    }

    [Theory]
    [InlineData(ClientVersion.V4_0)]
    [InlineData(ClientVersion.V4_5)]
    public async Task Clients_that_know_nothing_of_it_connect_anew(ClientVersion version)
    {
        await using var host = await RecoveringHost.StartAsync();
        await using var script = await StartAsync(host, version, ClientTransport.WebSocket, rounds: 1, missed: 0);
        await script.TellAsync("go");
        await script.NextAsync("away");
        await host.EmitAsync("news", 1);
        await script.TellAsync("go");
        var report = await script.NextAsync("back");
        report.GetProperty("recovered").GetBoolean().ShouldBeFalse();
        report.GetProperty("sameId").GetBoolean().ShouldBeFalse();
        News(report).ShouldBe([0]);
        await script.CompleteAsync();
    }

    [Fact]
    public async Task A_server_killed_again_and_again_loses_and_doubles_nothing()
    {
        const int Rounds = 12;
        await using var host = await RecoveringHost.StartAsync();
        await using var script = await StartAsync(host, ClientVersion.V4_8, ClientTransport.WebSocket, Rounds, missed: 10);
        var sent = 1;
        for (var round = 0; round < Rounds; round++)
        {
            // Some it gets, then the line freezes, and the server dies at another point of the same ten events each time.
            await script.TellAsync("go");
            await script.NextAsync("away");
            for (var i = 0; i < 10; i++)
            {
                if (i == round % 10)
                {
                    await host.KillAsync();
                    await host.RestartAsync();
                }

                await host.EmitAsync("news", sent++, i % 2 == 0 ? "room" : null);
            }

            await script.TellAsync("go");
            var report = await script.NextAsync("back");
            report.GetProperty("recovered").GetBoolean().ShouldBeTrue($"round {round}");
            News(report).ShouldBe(Enumerable.Range(0, sent));
        }

        await script.CompleteAsync();
    }

    private static async Task<ChildProcess> StartAsync(
        RecoveringHost host, ClientVersion version, ClientTransport transport, int rounds, int missed)
    {
        var script = await Scenario.StartAsync("recovery", host.Url, version, transport, new { rounds, missed });
        await script.NextAsync("connected");
        await host.EmitAsync("news", 0);
        await script.NextAsync("received");
        return script;
    }

    private static IEnumerable<int> News(JsonElement report) =>
        report.GetProperty("news").EnumerateArray().Select(value => value.GetInt32());
}
