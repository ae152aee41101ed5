namespace Stork.Queues.Engine;

/// <summary>The thread of a shard: turns while there is something to do, and sleeps until a command or a timer comes.</summary>
internal sealed class ShardLoop : IDisposable
{
    /// <summary>Turns that a closing shard takes without getting on, before it refuses what is left.</summary>
    private const int LastTurns = 64;

    private readonly Shard _shard;
    private readonly TimeProvider _time;
    private readonly SleepClock _sleep;
    private readonly Action<Exception> _failed;
    private readonly long _started;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;

    public ShardLoop(Shard shard, TimeProvider time, Action<Exception> failed)
    {
        _shard = shard;
        _time = time;
        _sleep = new SleepClock(time);
        _failed = failed;
        _started = time.GetTimestamp();
        shard.Wake = Wake;
    }

    public Shard Shard => _shard;

    private long Wall => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private long Monotonic => (long)_time.GetElapsedTime(_started).TotalMilliseconds;

    public void Open() => _shard.Open(Wall, Monotonic, _sleep.Slept);

    public void Start(string name) => new Thread(Run) { IsBackground = true, Name = name }.Start();

    public void Dispose() => _wake.Dispose();

    public Task StopAsync()
    {
        _stopping = true;
        _wake.Set();
        return _ended.Task;
    }

    private void Wake()
    {
        try
        {
            _wake.Set();
        }
        catch (ObjectDisposedException)
        {
            // The store has been closed meanwhile: there is nothing to wake.
        }
    }

    private void Run()
    {
        // By the system's clock this thread wakes itself: a timer needs a thread of the pool, and they may all sleep.
        using var timer = _time == TimeProvider.System ? null : _time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var reported = false;
        while (!_stopping)
        {
            var wait = _shard.Turn(Wall, Monotonic, _sleep.Slept);
            if (_shard.Failure is { } failure && !reported)
            {
                reported = true;
                _failed(failure);
            }

            if (wait == 0) continue;
            var pause = wait is { } milliseconds ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue)) : Timeout.InfiniteTimeSpan;
            timer?.Change(pause, Timeout.InfiniteTimeSpan);
            _wake.WaitOne(timer is null ? pause : Timeout.InfiniteTimeSpan);
        }

        // What was submitted before the end is still carried out, however many turns that takes.
        _shard.CloseInbox();
        for (var (idle, left) = (0, int.MaxValue); idle < LastTurns && _shard.Waiting is > 0 and var waiting; left = waiting)
        {
            idle = waiting < left ? 0 : idle + 1;
            _shard.Turn(Wall, Monotonic, _sleep.Slept);
        }

        _shard.Close();
        _shard.Dispose();
        _ended.SetResult();
    }
}
