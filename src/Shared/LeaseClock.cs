namespace Stork.Shared;

/// <summary>
/// Calls back again and again, on one thread for all: leases are renewed although every thread of the pool sleeps in somebody's handler,
/// where timers would come late. Clocks other than the system's call back as they do.
/// </summary>
internal static class LeaseClock
{
    private static readonly Lock Gate = new();
    private static readonly AutoResetEvent Changed = new(initialState: false);
    private static readonly HashSet<Entry> Entries = [];
    private static bool _isRunning;

    /// <summary>When the thread looks again unless it is told to; entries may have gone by then.</summary>
    private static long _looksAt;

    /// <param name="time">The clock.</param>
    /// <param name="interval">Time between two calls.</param>
    /// <param name="callback">Must return at once, and not throw.</param>
    /// <returns>Ends it; a call under way goes on.</returns>
    public static IDisposable Start(TimeProvider time, TimeSpan interval, Action callback)
    {
        if (time != TimeProvider.System) return TimerOf(time, interval, callback);
        var entry = new Entry(interval, callback);
        entry.Proceed(time.GetTimestamp());
        lock (Gate)
        {
            Entries.Add(entry);
            if (_isRunning && entry.Due >= _looksAt) return entry;
            if (!_isRunning && !TryStart(new Thread(Run) { IsBackground = true, Name = "stork-leases" }))
            {
                // The system gives no more threads: those of the pool have to do.
                Entries.Remove(entry);
                return TimerOf(time, interval, callback);
            }

            (_isRunning, _looksAt) = (true, entry.Due);
        }

        Changed.Set();
        return entry;
    }

    private static ITimer TimerOf(TimeProvider time, TimeSpan interval, Action callback) =>
        time.CreateTimer(static state => ((Action)state!)(), callback, interval, interval);

    private static bool TryStart(Thread thread)
    {
        try
        {
            thread.UnsafeStart();
            return true;
        }
        catch (Exception refusal) when (refusal is OutOfMemoryException or ThreadStartException)
        {
            return false;
        }
    }

    private static void Run()
    {
        while (TakeDue(out var due, out var wait))
        {
            foreach (var entry in due) entry.Callback();
            if (due.Count == 0) Changed.WaitOne(wait);
        }
    }

    /// <summary>What is due now, and otherwise how long to wait; false when nobody wants to be called any more.</summary>
    private static bool TakeDue(out List<Entry> due, out TimeSpan wait)
    {
        lock (Gate)
        {
            var now = TimeProvider.System.GetTimestamp();
            due = [.. Entries.Where(entry => entry.Due <= now)];
            foreach (var entry in due) entry.Proceed(now);
            _looksAt = Entries.Count == 0 ? now : Entries.Min(static entry => entry.Due);
            wait = TimeProvider.System.GetElapsedTime(now, _looksAt);
            // Rounded up: waiting knows whole milliseconds, and nothing is due before its time.
            wait = TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(wait.TotalMilliseconds), int.MaxValue));
            return _isRunning = Entries.Count > 0;
        }
    }

    private sealed class Entry(TimeSpan interval, Action callback) : IDisposable
    {
        public Action Callback => callback;

        public long Due { get; private set; }

        public void Proceed(long now) => Due = now + (long)(interval.TotalSeconds * TimeProvider.System.TimestampFrequency);

        public void Dispose()
        {
            lock (Gate) Entries.Remove(this);
        }
    }
}
