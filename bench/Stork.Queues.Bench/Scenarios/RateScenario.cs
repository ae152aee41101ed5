using System.Diagnostics;
using System.Globalization;
using Stork.Queues.Bench.Peers;
using Stork.Queues.Bench.Reports;

namespace Stork.Queues.Bench.Scenarios;

/// <summary>Operations per second of every peer: enqueue only, or enqueue, deliver and settle.</summary>
/// <param name="name">How it is chosen.</param>
/// <param name="workload">What is done.</param>
/// <param name="cycles">Whether messages are delivered and settled too.</param>
internal sealed class RateScenario(string name, Workload workload, bool cycles) : IScenario
{
    /// <summary>What runs before, elsewhere, so that code is compiled and connections are warm, as a part of the messages.</summary>
    private const double WarmUp = 0.2;

    public string Name => name;

    public async Task RunAsync(BenchContext context, Report report)
    {
        var scaled = workload with
        {
            Messages = context.Scaled(workload.Messages),
            Inboxes = workload.IsWorkQueue ? 1 : context.Scaled(workload.Inboxes),
            Backlog = workload.Backlog == 0 ? 0 : context.Scaled(workload.Backlog),
        };
        foreach (var create in context.Peers)
        {
            var peer = create();
            if (peer.Missing is not null || !peer.Takes(scaled)) continue;
            var few = Math.Max(1, (int)(scaled.Messages * WarmUp));
            await MeasureAsync(context, create, scaled with { Messages = few, Backlog = scaled.Backlog / 4 });
            report.Add(await MeasureAsync(context, create, scaled));
        }
    }

    private async Task<Row> MeasureAsync(BenchContext context, Func<IQueuePeer> create, Workload scaled)
    {
        var place = context.NewPlace();
        Row row;
        await using (var peer = create())
        {
            await peer.StartAsync(place, scaled);
            if (scaled.Backlog > 0) await Producer.RunAsync(peer, scaled with { Messages = scaled.Backlog });
            if (cycles) await peer.PrepareCyclesAsync(scaled);
            GC.Collect();
            var cpu = peer.ProcessorTime;
            var paused = GC.GetTotalPauseDuration();
            var allocated = GC.GetTotalAllocatedBytes();
            var watch = Stopwatch.StartNew();
            if (cycles) await peer.CycleAsync(scaled);
            else await Producer.RunAsync(peer, scaled);
            var took = watch.Elapsed;
            var used = peer.ProcessorTime - cpu;
            var note = string.Create(
                CultureInfo.InvariantCulture,
                $"{(GC.GetTotalAllocatedBytes() - allocated) / scaled.Messages} bytes allocated each, "
                + $"GC pauses {(GC.GetTotalPauseDuration() - paused) / took:P0}");
            row = new Row(
                name,
                peer.Name,
                scaled.Messages / took.TotalSeconds,
                "per second",
                used.TotalMicroseconds / scaled.Messages,
                peer.Synced,
                note);
        }

        BenchContext.Clear(place);
        return row;
    }
}
