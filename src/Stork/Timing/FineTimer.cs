namespace Stork.Timing;

/// <summary>
/// A timer that keeps its time to a millisecond. Those of the runtime follow a clock that goes on in steps of 4 ms under most Linux
/// kernels. It waits and calls on a thread of its own: one of the pool, woken a thousand times a second, would cost a tenth of a core.
/// </summary>
internal sealed class FineTimer : ITimer
{
    /// <summary>Periods from here on are better left to the runtime's timers.</summary>
    public static readonly TimeSpan LongestPeriod = TimeSpan.FromMilliseconds(4);

    private readonly object _gate = new();
    private readonly Action _callback;
    private TimeSpan _period;

    // When it is to call next; null if not at all.
    private long? _due;
    private bool _isDisposed;

    /// <param name="callback">Must not block, nor throw.</param>
    public FineTimer(Action callback)
    {
        _callback = callback;
        new Thread(Run) { IsBackground = true, Name = "Stork timer" }.Start();
    }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            if (_isDisposed) return false;
            _period = period;
            _due = dueTime < TimeSpan.Zero ? null : After(dueTime);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Monitor.Pulse(_gate);
        }
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static long After(TimeSpan delay) =>
        TimeProvider.System.GetTimestamp() + (long)(delay.TotalSeconds * TimeProvider.System.TimestampFrequency);

    private void Run()
    {
        lock (_gate)
        {
            while (!_isDisposed)
            {
                if (_due is not { } due)
                {
                    Monitor.Wait(_gate);
                    continue;
                }

                var left = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), due);
                if (left > TimeSpan.Zero)
                {
                    Monitor.Wait(_gate, (int)Math.Ceiling(left.TotalMilliseconds));
                    continue;
                }

                // What could not be called in time is not called more often afterwards.
                _due = _period > TimeSpan.Zero ? After(_period) : null;
                Monitor.Exit(_gate);
                try
                {
                    _callback();
                }
                finally
                {
                    Monitor.Enter(_gate);
                }
            }
        }
    }
}
