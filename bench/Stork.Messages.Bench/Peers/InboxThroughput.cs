using Stork.Bench.Measures;
using Stork.Messages.Bench.Conversations;
using Stork.Messages.Bench.Scenarios;

namespace Stork.Messages.Bench.Peers;

/// <summary>Inboxes of connected clients: messages are emitted, delivered and acknowledged, as many as possible.</summary>
/// <param name="users">How many clients, each with an inbox.</param>
/// <param name="origin">Who puts the messages into the inboxes, and how.</param>
internal sealed class InboxThroughput(int users, InboxOrigin origin) : IPeer
{
    public string Name => origin switch
    {
        InboxOrigin.Clients => "Stork, clients send",
        InboxOrigin.ServerInBatches => "Stork, server emits batches",
        _ => "Stork, server emits",
    };

    public bool Synced => true;

    public string Shape => origin switch
    {
        InboxOrigin.Clients => $"default options; {InboxLoad.Senders} clients send events, each acknowledged after the sync (MapInbox), "
            + "which the clients of the inboxes get and acknowledge one by one",
        InboxOrigin.ServerInBatches => $"default options; the server stores {Load.Batch} messages with each StoreAsync, as the brokers' "
            + "clients do; the clients of the inboxes acknowledge one by one",
        _ => $"default options; the server calls EmitAsync for each message, not in batches, as a client asks it to {Load.Batch} times; "
            + "the clients of the inboxes acknowledge one by one",
    };

    public Task<Sample> RunAsync(RunContext run)
    {
        using var server = MessagesServer.Start(run);
        try
        {
            var load = new InboxLoad(users, origin);
            return Task.FromResult(load.Run(server.Port, idle => CpuTimes.Read(server.Id, idle), run, tellsAllocated: true));
        }
        catch (BenchmarkException failure)
        {
            throw new BenchmarkException($"{failure.Message}\n{server.LastLines()}");
        }
    }
}
