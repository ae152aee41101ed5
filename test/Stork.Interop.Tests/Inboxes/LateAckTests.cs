using System.Text.Json;
using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Network;
using Stork.Interop.Tests.Processes;

namespace Stork.Interop.Tests.Inboxes;

/// <summary>
/// A client acknowledges message A after it got message B from a server that was started since,
/// or from another one. With the original that settles B. </summary>
public sealed class LateAckTests
{
    [Fact]
    public async Task After_a_restart_it_settles_the_message_it_was_for()
    {
        await NodePackages.RequireAsync();
        await using var server = new DurableServer();
        await server.StartAsync();
        await ProduceAsync(server, "A");
        await using var client = ChildProcess.Start("late client", "node", ["late-ack.mjs", server.Url.ToString()], NodePackages.Directory);
        (await client.NextAsync("received")).GetProperty("name").GetString().ShouldBe("A");
        await server.KillAsync();
        await server.StartAsync();
        await ProduceAsync(server, "B");
        (await client.NextAsync("received")).GetProperty("name").GetString().ShouldBe("B");
        await client.TellAsync("A");
        await UntilUnsettledAsync(server, "B");
        await client.TellAsync("B");
        await UntilUnsettledAsync(server);
    }

    [Fact]
    public async Task With_the_original_server_it_settles_another_one_after_a_restart()
    {
        await NodePackages.RequireAsync();
        await using var first = ChildProcess.Start("official server", "node", ["servers/late.mjs", "0", "A"], NodePackages.Directory);
        var port = (await first.NextAsync("listening")).GetProperty("port").GetInt32();
        await using var client = ChildProcess.Start(
            "late client", "node", ["late-ack.mjs", $"http://127.0.0.1:{port}"], NodePackages.Directory);
        (await client.NextAsync("received")).GetProperty("name").GetString().ShouldBe("A");
        await first.DisposeAsync();
        await using var second = ChildProcess.Start(
            "official server, again", "node", ["servers/late.mjs", port.ToString(), "B"], NodePackages.Directory);
        await second.NextAsync("listening");
        (await client.NextAsync("received")).GetProperty("name").GetString().ShouldBe("B");
        await client.TellAsync("A");
        (await second.NextAsync("settled")).GetProperty("name").GetString().ShouldBe("B");
    }

    [Fact]
    public async Task With_the_original_server_it_settles_another_one_after_a_reconnect_to_another_process()
    {
        await NodePackages.RequireAsync();
        await using var first = ChildProcess.Start("official server", "node", ["servers/late.mjs", "0", "A"], NodePackages.Directory);
        await using var second = ChildProcess.Start(
            "another official server", "node", ["servers/late.mjs", "0", "B"], NodePackages.Directory);
        var port = (await first.NextAsync("listening")).GetProperty("port").GetInt32();
        var other = (await second.NextAsync("listening")).GetProperty("port").GetInt32();
        await using var network = new TcpProxy(port);
        await using var client = ChildProcess.Start(
            "late client", "node", ["late-ack.mjs", network.Url.ToString()], NodePackages.Directory);
        (await client.NextAsync("received")).GetProperty("name").GetString().ShouldBe("A");
        network.Target = other;
        network.Cut();
        (await client.NextAsync("received")).GetProperty("name").GetString().ShouldBe("B");
        await client.TellAsync("A");
        (await second.NextAsync("settled")).GetProperty("name").GetString().ShouldBe("B");
    }

    private static Task<JsonElement> ProduceAsync(DurableServer server, string name) => AskAsync(server, "42", name);

    private static async Task UntilUnsettledAsync(DurableServer server, params string[] expected)
    {
        var last = "";
        for (var looks = 0; looks < 50; looks++)
        {
            var answer = await AskAsync(server, "42");
            string[] waiting = [.. answer.EnumerateArray().Select(name => name.GetString()!)];
            if (waiting.SequenceEqual(expected)) return;
            last = string.Join(',', waiting);
        }

        throw new TimeoutException($"Waited until \"{string.Join(',', expected)}\" was all that waited, but it is \"{last}\".");
    }

    private static async Task<JsonElement> AskAsync(DurableServer server, params string[] arguments)
    {
        await using var script = ChildProcess.Start(
            "producer", "node", ["produce.mjs", server.Url.ToString(), .. arguments], NodePackages.Directory);
        var answer = (await script.NextAsync("answered")).GetProperty("answer");
        await script.CompleteAsync();
        return answer;
    }
}
