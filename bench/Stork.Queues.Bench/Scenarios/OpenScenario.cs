using System.Globalization;
using Stork.Queues.Bench.Peers;
using Stork.Queues.Bench.Reports;

namespace Stork.Queues.Bench.Scenarios;

/// <summary>How long the store takes to open with messages waiting, and the memory that they take. The store only.</summary>
/// <param name="name">How it is chosen.</param>
/// <param name="messages">Messages that wait.</param>
internal sealed class OpenScenario(string name, int messages) : IScenario
{
    public string Name => name;

    public async Task RunAsync(BenchContext context, Report report)
    {
        var workload = new Workload { Messages = context.Scaled(messages) };
        workload = workload with { Inboxes = context.Scaled(workload.Inboxes) };
        var place = context.NewPlace();
        await using (var peer = new StorkPeer())
        {
            await peer.StartAsync(place, workload);
            await Producer.RunAsync(peer, workload);
        }

        var opened = ChildProcess.Open(place);
        var note = string.Create(CultureInfo.InvariantCulture, $"{workload.Messages:N0} messages in {workload.Inboxes:N0} inboxes");
        report.Add(new Row(name, "Stork.Queues", opened.Seconds, "seconds to open", Note: note));
        report.Add(new Row(
            name, "Stork.Queues", opened.HeapBytes / (double)workload.Messages, "bytes of memory per message",
            Note: "all included except the image of the active segment"));
        BenchContext.Clear(place);
    }
}
