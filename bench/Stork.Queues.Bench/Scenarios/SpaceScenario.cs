using System.Globalization;
using Stork.Queues.Bench.Peers;
using Stork.Queues.Bench.Reports;

namespace Stork.Queues.Bench.Scenarios;

/// <summary>
/// What the journal takes on disk for what waits, while short-lived messages run past a backlog that stays.
/// The store only; a simulated day is in its tests. Segments are small beside the backlog, as they would be beside that of a large store.
/// </summary>
internal sealed class SpaceScenario : IScenario
{
    private const int Backlog = 500_000;
    private const int ShortLived = 2_000_000;
    private const int Parts = 100;
    private const int SegmentSize = 4 << 20;

    public string Name => "space";

    public async Task RunAsync(BenchContext context, Report report)
    {
        var place = context.NewPlace();
        var worst = 0d;
        await using (var peer = new StorkPeer(StorkPeer.Options with { SegmentSize = SegmentSize }))
        {
            var inboxes = new Workload { Messages = context.Scaled(Backlog), Inboxes = context.Scaled(Backlog / 10) };
            await peer.StartAsync(place, inboxes);
            await Producer.RunAsync(peer, inboxes);
            var queue = peer.Store.Queue("work");
            await using var consumer = await queue.SubscribeAsync(
                new SubscriptionOptions { MaxInFlight = 2000, Remote = true }, static delivery => delivery.Ack());
            var batch = Enumerable.Repeat(new Message(Workload.Body), Workload.DefaultBatch).ToArray();
            for (var part = 0; part < Parts; part++)
            {
                for (var sent = 0; sent < context.Scaled(ShortLived) / Parts; sent += batch.Length) await queue.EnqueueAsync(batch);
                var health = peer.Store.Health;
                worst = Math.Max(worst, health.JournalBytes / (double)health.LiveBytes);
            }
        }

        var note = string.Create(
            CultureInfo.InvariantCulture, $"{context.Scaled(Backlog):N0} that stay, {context.Scaled(ShortLived):N0} that pass");
        report.Add(new Row(Name, "Stork.Queues", worst, "times what waits, at most", Note: note));
        BenchContext.Clear(place);
    }
}
