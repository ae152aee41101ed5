using Stork.Queues;
using Stork.Diagnostics;
using Stork.Durable.WorkQueues;

namespace Stork.Administration;

/// <summary>What changed since somebody looked before. Nothing is measured while nobody looks.</summary>
internal sealed class QueueRates(TimeProvider time)
{
    /// <summary>Queues that are remembered; then all are forgotten at once.</summary>
    private const int MaxQueues = 1000;

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<(QueueKind, string), (Look Former, Look Latest)> _looks = [];

    public QueueReport Apply(QueueReport report)
    {
        var now = time.GetTimestamp();
        var look = new Look(now, report.Statistics.Enqueued, report.Statistics.Acked, report.Statistics.DeadLettered);
        Look former;
        lock (_gate)
        {
            var key = (report.Statistics.Kind, report.Statistics.Name);
            if (!_looks.TryGetValue(key, out var looks))
            {
                if (_looks.Count == MaxQueues) _looks.Clear();
                looks = (look, look);
            }
            else if (time.GetElapsedTime(looks.Latest.At, now) >= Span)
            {
                looks = (looks.Latest, look);
            }

            _looks[key] = looks;
            former = looks.Former;
        }

        var seconds = time.GetElapsedTime(former.At, now).TotalSeconds;
        if (seconds <= 0) return report;
        return report with
        {
            EnqueuedPerSecond = (look.Enqueued - former.Enqueued) / seconds,
            AckedPerSecond = (look.Acked - former.Acked) / seconds,
            DeadLetteredPerSecond = (look.DeadLettered - former.DeadLettered) / seconds,
        };
    }

    private sealed record Look(long At, long Enqueued, long Acked, long DeadLettered);
}
