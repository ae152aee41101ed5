using Stork.Bench.Measures;
using Stork.Messages.Bench.Conversations;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Peers;

/// <summary>A work queue whose producers and workers are Socket.IO clients.</summary>
/// <param name="rate">Jobs per second; 0: as many as it can.</param>
internal sealed class SocketJobs(int rate) : IPeer
{
    public string Name => "Stork";

    public bool Synced => true;

    public string Shape =>
        $"default options; {JobConversation.Producers} producer clients, each job an event of its own with an acknowledgement after "
        + $"the sync (MapQueue, FromEvent); {JobConversation.Workers} worker clients with up to {JobConversation.JobsAtAWorker} jobs each "
        + "(ConsumeAsync), each job acknowledged by itself. Text frames over WebSocket";

    public Task<Sample> RunAsync(RunContext run)
    {
        using var server = MessagesServer.Start(run);
        try
        {
            return Task.FromResult(new JobLoad(rate).Run(server.Port, idle => CpuTimes.Read(server.Id, idle), run, tellsAllocated: true));
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{failure.Message}\n{server.LastLines()}");
        }
    }
}
