using System.Collections.Concurrent;
using Stork.Queues;

namespace Stork.Durable.WorkQueues;

/// <summary>
/// Notices queues that get jobs and have no consumer, most likely because one of the two names is mistyped. Each is told of once; the
/// queues that are asked after are those that this process puts jobs into.
/// </summary>
internal sealed class UnattendedQueues(WorkQueueHost host) : IDisposable
{
    /// <summary>A queue is told of when jobs waited and nobody was there at two looks in a row.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Queues that are looked after; further ones are not.</summary>
    private const int MaxQueues = 1000;

    /// <summary>Names of other queues that are given.</summary>
    private const int MaxNames = 20;

    private readonly ConcurrentDictionary<string, Finding> _queues = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private int _isInspecting;
    private volatile bool _isFull;
    private bool _isOver;

    private enum Finding
    {
        Attended,
        Unattended,
        Told,
    }

    /// <summary>Jobs may be put into this queue.</summary>
    public void Watch(string queue)
    {
        if (_isFull || _queues.ContainsKey(queue) || !_queues.TryAdd(queue, Finding.Attended)) return;
        _isFull = _queues.Count >= MaxQueues;
        lock (_gate)
        {
            if (_isOver) return;
            _timer ??= host.Time.CreateTimer(static state => _ = ((UnattendedQueues)state!).InspectAsync(), this, Interval, Interval);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private async Task InspectAsync()
    {
        if (Interlocked.Exchange(ref _isInspecting, 1) != 0) return;
        try
        {
            var attended = new SortedSet<string>(host.ConsumedQueues, StringComparer.Ordinal);
            var found = new List<string>();
            foreach (var (queue, before) in _queues)
            {
                if (before == Finding.Told) continue;
                var numbers = await host.RequireStore().Queue(queue).GetStatisticsAsync();
                if (numbers is { Consumers: > 0 }) attended.Add(queue);
                var isUnattended = numbers is { Consumers: 0, Ready: > 0, Paused: false };
                _queues[queue] = !isUnattended ? Finding.Attended : before == Finding.Attended ? Finding.Unattended : Finding.Told;
                if (_queues[queue] == Finding.Told) found.Add(queue);
            }

            var names = attended.Count == 0
                ? "there is none with a consumer"
                : string.Join(", ", attended.Take(MaxNames).Select(static name => $"\"{name}\""));
            if (attended.Count > MaxNames) names += $" and {attended.Count - MaxNames} more";
            foreach (var queue in found) QueueLog.Unattended(host.Logger, queue, names);
        }
        catch (QueueException)
        {
            // The store is closed or failed, which is told elsewhere.
        }
        finally
        {
            Volatile.Write(ref _isInspecting, 0);
        }
    }
}
