using Stork.Interop.Tests.Clients;
using Stork.Interop.Tests.Processes;
using Stork.Interop.Tests.Servers;

namespace Stork.Interop.Tests.Samples;

/// <summary>The worker for Node.js of samples/Workers; the sample as a whole is tested in a browser.</summary>
public sealed class WorkersTests
{
    private static readonly string Directory = AssemblyMetadata.Get("WorkersNode");

    [Fact]
    public async Task A_worker_that_gets_no_subscription_asks_again()
    {
        await NodePackages.RequireAsync(Directory);
        var asked = 0;
        await using var server = await TestServer.StartAsync(io => io.OnConnection(socket => socket.On("queue:subscribe", (string _) =>
            Interlocked.Increment(ref asked) == 1
                ? new Dictionary<string, string> { ["status"] = "error", ["code"] = "unavailable", ["message"] = "Not now." }
                : new Dictionary<string, string> { ["status"] = "ok" })));
        string[] arguments = ["worker.js", "--urls", server.Url.ToString(), "--key", "key", "--name", "Node"];
        await using var worker = ChildProcess.Start("the worker", "node", arguments, Directory, isTalkative: true);
        (await worker.NextLineAsync("refused")).ShouldContain("Not now.");
        (await worker.NextLineAsync("takes documents")).ShouldBe("Node is connected and takes documents");
    }
}
