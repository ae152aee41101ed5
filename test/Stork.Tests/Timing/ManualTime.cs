namespace Stork.Tests.Timing;

/// <summary>A clock that stands still until it is moved; timers are called on the thread that moves it,
/// in the order of their times.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private long _elapsed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that will call somebody.</summary>
    public int RunningTimers
    {
        get
        {
            lock (_gate) return _timers.Count(timer => timer.Due is not null);
        }
    }

    public override long GetTimestamp() => Interlocked.Read(ref _elapsed);

    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp());

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on, calling every timer at its time.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetTimestamp() + by.Ticks;
        while (TakeNext(end) is { } timer) timer.Call();
        Interlocked.Exchange(ref _elapsed, end);
    }

    /// <summary>Moves on with all timers asleep, as a suspended machine does; they are called once afterwards.</summary>
    public void Jump(TimeSpan by)
    {
        Interlocked.Add(ref _elapsed, by.Ticks);
        ManualTimer[] due;
        lock (_gate) due = [.. _timers.Where(timer => timer.Due <= _elapsed)];
        foreach (var timer in due)
        {
            lock (_gate) timer.Proceed();
            timer.Call();
        }
    }

    /// <summary>Moves on without a timer being called, as when no thread is free for them; they are called
    /// when the clock moves next.</summary>
    public void Stall(TimeSpan by) => Interlocked.Add(ref _elapsed, by.Ticks);

    /// <summary>Sets the time of day, as an operator may; no timer cares.</summary>
    public void JumpWall(TimeSpan by)
    {
        lock (_gate) _start += by;
    }

    private ManualTimer? TakeNext(long end)
    {
        lock (_gate)
        {
            var next = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
            if (next is null) return null;
            Interlocked.Exchange(ref _elapsed, Math.Max(_elapsed, next.Due!.Value));
            next.Proceed();
            return next;
        }
    }

    private sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        /// <summary>When it is called next; guarded by the clock.</summary>
        public long? Due { get; private set; }

        public void Call() => callback(state);

        /// <summary>On to the next period; the caller holds the clock's lock.</summary>
        public void Proceed() => Due = _period > TimeSpan.Zero ? time.GetTimestamp() + _period.Ticks : null;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                if (!time._timers.Contains(this)) time._timers.Add(this);
                _period = period;
                Due = dueTime < TimeSpan.Zero ? null : time.GetTimestamp() + dueTime.Ticks;
            }

            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                Due = null;
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
