using System.Globalization;
using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Inboxes;

/// <summary>Real clients under load, while the server is killed and the network fails, again and again.</summary>
public sealed class CrashTests
{
    /// <summary>How often the server is killed; 100 and more for a long look.</summary>
    private const string RoundsVariable = "STORK_CRASH_ROUNDS";

    private const string Packages = "socket.io-client-4.8,socket.io-client-4.5,socket.io-client-4.0";

    [Fact]
    public async Task Nothing_is_lost_and_nothing_settled_falsely_whatever_is_killed_and_cut()
    {
        await NodePackages.RequireAsync();
        var rounds = int.Parse(Environment.GetEnvironmentVariable(RoundsVariable) ?? "15", CultureInfo.InvariantCulture);
        var random = new Random(rounds);
        await using var server = new DurableServer();
        await server.StartAsync();
        await using var network = new TcpProxy(server.Port);
        await using var load = ChildProcess.Start(
            "durable clients", "node", ["durable.mjs", network.Url.ToString(), Packages], NodePackages.Directory);
        await load.NextAsync("running");
        for (var round = 0; round < rounds; round++)
        {
            network.Delay = TimeSpan.FromMilliseconds(random.Next(3) == 0 ? 15 : 0);
            await load.NextAsync("progress");
            if (!Fail(network, random)) await load.NextAsync("progress");
            network.Resume();
            await server.KillAsync();
            await server.StartAsync();
        }

        network.Delay = TimeSpan.Zero;
        await load.TellAsync("finish");
        JsonElement result;
        do result = await load.NextOfAsync("progress", "result");
        while (result.GetProperty("report").GetString() == "progress");
        foreach (var consumer in result.GetProperty("consumers").EnumerateArray()) Check(consumer);
        Check(result.GetProperty("orders"), server.Effects, rounds);
    }

    /// <returns>Whether nothing gets through any more.</returns>
    private static bool Fail(TcpProxy network, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                network.Cut();
                break;
            case 1:
                network.CutAfter(fromServer: random.Next(2) == 0, random.Next(2_000));
                break;
            case 2:
                network.HalfClose();
                break;
            default:
                network.Stall();
                // Some stalls end by themselves, the others with the kill that follows.
                if (random.Next(2) != 0) return true;
                network.Resume();
                break;
        }

        return false;
    }

    private static void Check(JsonElement consumer)
    {
        var user = consumer.GetProperty("user").GetString();
        var received = consumer.GetProperty("received").EnumerateArray()
            .Select(entry => (Number: entry[0].GetInt32(), Connection: entry[1].GetInt32())).ToList();
        var firsts = received.Select(entry => entry.Number).Distinct().ToList();
        var produced = consumer.GetProperty("produced").GetInt32();
        firsts.ShouldBe([.. Enumerable.Range(0, produced)], $"{user} gets everything, first in its order, and nothing else");
        foreach (var repeats in received.GroupBy(entry => entry.Number))
            repeats.Select(entry => entry.Connection).ShouldBeUnique($"{user} gets message {repeats.Key} again only on another connection");
    }

    private static void Check(JsonElement orders, string[] effects, int kills)
    {
        var answers = orders.EnumerateArray().Select(order => (Id: order[0].GetString()!, Answer: order[1].GetString())).ToList();
        answers.ShouldAllBe(order => order.Answer == "done " + order.Id);
        effects.Distinct().ShouldBe(answers.Select(order => order.Id), "each order is carried out, in order");
        // Killed between the handler's end and its being on disk, a handler runs again.
        (effects.Length - answers.Count).ShouldBeLessThanOrEqualTo(kills);
    }
}
