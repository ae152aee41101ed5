using Stork.Queues;

namespace Stork.Administration;

/// <summary>What changed since somebody looked before. Nothing is measured while nobody looks.</summary>
internal sealed class QueueRates(TimeProvider time)
{
    /// <summary>Queues that are remembered; then all are forgotten at once.</summary>
    private const int MaxQueues = 1000;

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<(QueueKind, string), (Reading Former, Reading Latest)> _readings = [];

    public QueueReport Apply(QueueReport report)
    {
        var now = time.GetTimestamp();
        var latest = new Reading(now, report.Statistics.Enqueued, report.Statistics.Acked, report.Statistics.DeadLettered);
        Reading former;
        lock (_gate)
        {
            var key = (report.Statistics.Kind, report.Statistics.Name);
            if (!_readings.TryGetValue(key, out var readings))
            {
                if (_readings.Count == MaxQueues) _readings.Clear();
                readings = (latest, latest);
            }
            else if (time.GetElapsedTime(readings.Latest.At, now) >= Span)
            {
                readings = (readings.Latest, latest);
            }

            _readings[key] = readings;
            former = readings.Former;
        }

        var seconds = time.GetElapsedTime(former.At, now).TotalSeconds;
        if (seconds <= 0) return report;
        return report with
        {
            EnqueuedPerSecond = (latest.Enqueued - former.Enqueued) / seconds,
            AckedPerSecond = (latest.Acked - former.Acked) / seconds,
            DeadLetteredPerSecond = (latest.DeadLettered - former.DeadLettered) / seconds,
        };
    }

    private sealed record Reading(long At, long Enqueued, long Acked, long DeadLettered);
}
