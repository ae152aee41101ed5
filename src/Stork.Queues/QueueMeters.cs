using System.Diagnostics.Metrics;
using Stork.Queues.Rules;

namespace Stork.Queues;

/// <summary>The meter "Stork.Queues", with the names of OpenTelemetry's messaging conventions where they have one.</summary>
internal sealed class QueueMeters : IDisposable
{
    private readonly Meter _meter = new("Stork.Queues");

    public QueueMeters(QueueStore store)
    {
        Count(store, "messaging.client.sent.messages", "Messages that were stored.", static c => c.Enqueued);
        Count(store, "messaging.client.consumed.messages", "Deliveries to consumers.", static c => c.Delivered);
        Count(store, "stork.queues.redelivered", "Deliveries of messages that had been delivered before.", static c => c.Redelivered);
        Count(store, "stork.queues.acknowledged", "Acknowledgements that counted.", static c => c.Acked);
        Count(store, "stork.queues.acknowledged_late", "Of these, those after the lease had ended.", static c => c.LateAcks);
        Count(store, "stork.queues.unknown_acknowledgements", "Acknowledgements of nothing that was known.", static c => c.UnknownAcks);
        Count(store, "stork.queues.failures", "Deliveries that failed.", static c => c.Failures);
        Count(store, "stork.queues.dead_lettered", "Messages that became dead letters.", static c => c.DeadLettered);
        Count(store, "stork.queues.expired", "Messages that expired.", static c => c.Expired);
        Count(store, "stork.queues.duplicates", "Messages that were recognised as duplicates.", static c => c.Duplicates);
        Count(store, "stork.queues.refused", "Messages that were refused or dropped because a queue was full.", static c => c.Refused);
        Count(store, "stork.queues.unreadable", "Reads whose bytes failed their checksum.", static c => c.Unreadable);
        Count(
            store,
            "stork.queues.breaker_openings",
            "Times that a queue's circuit breaker opened.",
            static c => c.BreakerOpenings,
            "{opening}");
        _meter.CreateObservableCounter(
            "stork.queues.syncs", () => store.Shards.Sum(static s => s.Journal.Syncs), "{sync}", "Syncs of the journal.");
        _meter.CreateObservableGauge(
            "stork.queues.journal.size", () => store.Shards.Sum(static s => s.Journal.TotalBytes), "By", "The journal's size.");
        _meter.CreateObservableGauge(
            "stork.queues.journal.live", () => store.Shards.Sum(static s => s.Journal.LiveBytes), "By", "What of it is still wanted.");
    }

    public Meter Meter => _meter;

    public void Dispose() => _meter.Dispose();

    private void Count(QueueStore store, string name, string description, Func<ShardCounters, long> value, string unit = "{message}") =>
        _meter.CreateObservableCounter(name, () => store.Shards.Sum(s => value(s.Core.Counters)), unit, description);
}
