namespace Stork.MicroBenchmarks.Timing;

/// <summary>A clock that is moved by hand, and calls its one timer at each move.</summary>
internal sealed class HandTime : TimeProvider
{
    private long _now;
    private Action? _callTimer;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(callback, state);
        _callTimer = timer.Call;
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        _now += time.Ticks;
        _callTimer?.Invoke();
    }

    private sealed class Timer(TimerCallback callback, object? state) : ITimer
    {
        private bool _isRunning;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _isRunning = dueTime >= TimeSpan.Zero;
            return true;
        }

        public void Call()
        {
            if (_isRunning) callback(state);
        }

        public void Dispose() => _isRunning = false;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
