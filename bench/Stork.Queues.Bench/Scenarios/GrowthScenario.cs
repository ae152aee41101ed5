using System.Diagnostics;
using System.Globalization;
using Stork.Queues.Bench.Peers;
using Stork.Queues.Bench.Reports;

namespace Stork.Queues.Bench.Scenarios;

/// <summary>
/// What a message costs as inboxes and waiting messages grow: every inbox has a message already,
/// so that only messages are counted. The store only.
/// </summary>
internal sealed class GrowthScenario : IScenario
{
    private static readonly int[] Inboxes = [1, 1_000, 100_000, 1_000_000];
    private static readonly int[] Messages = [1_000, 100_000, 1_000_000, 10_000_000];
    private const int UsualInboxes = 100_000;
    private const int UsualMessages = 1_000_000;

    public string Name => "growth";

    public async Task RunAsync(BenchContext context, Report report)
    {
        await MeasureAsync(context, UsualInboxes, UsualMessages);
        foreach (var inboxes in Inboxes) report.Add(await MeasureAsync(context, inboxes, UsualMessages));
        foreach (var messages in Messages) report.Add(await MeasureAsync(context, Math.Min(UsualInboxes, messages), messages));
    }

    private static async Task<Row> MeasureAsync(BenchContext context, int inboxes, int messages)
    {
        var workload = new Workload { Inboxes = context.Scaled(inboxes), Messages = context.Scaled(messages) };
        var place = context.NewPlace();
        var name = string.Create(CultureInfo.InvariantCulture, $"growth {workload.Messages:N0} in {workload.Inboxes:N0}");
        Row row;
        await using (var peer = new StorkPeer())
        {
            await peer.StartAsync(place, workload);
            await Producer.RunAsync(peer, workload with { Messages = workload.Inboxes });
            GC.Collect();
            var cpu = Environment.CpuUsage.TotalTime;
            var watch = Stopwatch.StartNew();
            await Producer.RunAsync(peer, workload);
            var rate = workload.Messages / watch.Elapsed.TotalSeconds;
            var used = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / workload.Messages;
            row = new Row(name, peer.Name, rate, "enqueued per second", used, true);
        }

        BenchContext.Clear(place);
        return row;
    }
}
