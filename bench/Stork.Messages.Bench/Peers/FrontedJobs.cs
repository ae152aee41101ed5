using System.Globalization;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Conversations;
using Stork.Messages.Bench.Scenarios;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Messages.Bench.Peers;

/// <summary>The official server of <c>peers/fronted</c> with a broker behind it, for the same clients
/// that <see cref="SocketJobs"/> has.</summary>
/// <param name="broker">What the server keeps its jobs in.</param>
/// <param name="rate">Jobs per second; 0: as many as it can.</param>
internal sealed class FrontedJobs(FrontedBroker broker, int rate) : IPeer
{
    private static readonly string? s_node = Machine.Find("node");

    public string Name => "socket.io + " + broker.Name;

    public bool Synced => true;

    public string Shape =>
        $"socket.io 4.8.4 on Node.js {Machine.Run(s_node!, "--version")?[1..]}, default options, one process, "
        + $"the same clients as Stork; {broker.Shape()}";

    public string? Missing => broker.Missing ?? (s_node is null ? "needs Node.js" : null);

    public async Task<Sample> RunAsync(RunContext run)
    {
        await using var store = await broker.StartAsync(Path.Combine(run.Directory, "broker"));
        var port = Machine.FreePort();
        await using var server = ServiceProcess.Start(
            Path.Combine(run.BenchFolder, "peers", "fronted"),
            [
                s_node!,
                "server.mjs",
                port.ToString(CultureInfo.InvariantCulture),
                broker.Module,
                store.Port.ToString(CultureInfo.InvariantCulture),
            ]);
        await server.AcceptsAsync(port);
        try
        {
            return new JobLoad(rate).Run(
                port,
                idle => CpuTimes.Read(() => (server.ProcessorTime + store.ProcessorTime).TotalSeconds, idle),
                run,
                tellsAllocated: false);
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{failure.Message}\n{server.LastLines()}");
        }
    }
}
