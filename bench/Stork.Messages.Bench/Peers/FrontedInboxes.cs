using System.Globalization;
using Stork.Bench.Measures;
using Stork.Messages.Bench.Conversations;
using Stork.Messages.Bench.Scenarios;
using Stork.Queues.Bench.Peers.Services;

namespace Stork.Messages.Bench.Peers;

/// <summary>
/// Inboxes of the official server of <c>peers/fronted</c> with Redis behind it, for the same clients that <see cref="InboxThroughput"/>
/// has.
/// </summary>
/// <param name="engine">What the official server runs on.</param>
/// <param name="users">How many clients, each with an inbox.</param>
internal sealed class FrontedInboxes(FrontedEngine engine, int users) : IPeer
{
    public string Name => $"socket.io on {engine.Name} + Redis Streams";

    public bool Synced => true;

    public string Shape =>
        $"socket.io 4.8.4 on {engine.Version}, default options, one process, the same clients as Stork; {RedisServer.Shape}, "
        + "ioredis 6.0.0; a stream for each inbox; what came meanwhile is a pipeline of XADD, 4 at a time; a message goes to its client, "
        + "from memory, when Redis has answered; what was acknowledged meanwhile is a pipeline of XDEL, one for each inbox";

    public string? Missing => RedisServer.Missing ?? engine.Missing;

    public async Task<Sample> RunAsync(RunContext run)
    {
        await using var redis = await RedisServer.StartAsync(Path.Combine(run.Directory, "broker"));
        var port = Machine.FreePort();
        string[] arguments = ["inboxes.mjs", Text(port), Text(redis.Port), engine.Argument];
        await using var server = ServiceProcess.Start(
            Path.Combine(run.BenchFolder, "peers", "fronted"),
            [engine.Program, .. arguments],
            environment: ("NODE_ENV", "production"));
        await server.AcceptsAsync(port);
        try
        {
            return new InboxLoad(users, InboxOrigin.Server).Run(
                port,
                idle => CpuTimes.Read(() => (server.ProcessorTime + redis.ProcessorTime).TotalSeconds, idle),
                run,
                tellsAllocated: false);
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{failure.Message}\n{server.LastLines()}");
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
