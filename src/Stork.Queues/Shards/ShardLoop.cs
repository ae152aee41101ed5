namespace Stork.Queues.Shards;

/// <summary>The thread of a shard: turns while there is something to do, and sleeps until a command or a timer comes.</summary>
internal sealed class ShardLoop : IDisposable
{
    /// <summary>Turns that a closing shard takes without getting on, before it refuses what is left.</summary>
    private const int LastTurns = 64;

    private readonly Shard _shard;
    private readonly TimeProvider _time;
    private readonly LoopClock _clock;
    private readonly ShardWatch _watch = new();
    private readonly Action<Exception> _failed;
    private readonly Action<string?> _refusing;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _stopping;

    /// <param name="shard">What runs.</param>
    /// <param name="clock">By which it was opened.</param>
    /// <param name="time">What wakes it.</param>
    /// <param name="failed">Called, by the thread, when the shard has failed.</param>
    /// <param name="refusing">Called, by the thread, when producers begin to be refused, and with null when they no longer are.</param>
    public ShardLoop(Shard shard, LoopClock clock, TimeProvider time, Action<Exception> failed, Action<string?> refusing)
    {
        _shard = shard;
        _time = time;
        _clock = clock;
        _failed = failed;
        _refusing = refusing;
        shard.Wake = Wake;
    }

    public Shard Shard => _shard;

    /// <summary>How long the shard has had something to do without getting on.</summary>
    public TimeSpan Stuck => TimeSpan.FromMilliseconds(_watch.StuckFor(_clock.Monotonic));

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
        using var timer = _time == TimeProvider.System
            ? null
            : _time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var (reported, refuses) = (false, _shard.Refusal is not null);
        while (!_stopping)
        {
            var monotonic = _clock.Monotonic;
            _watch.Begin(monotonic);
            var wait = _shard.RunTurn(_clock.Wall, monotonic, _clock.Slept);
            _watch.End(_shard, monotonic);
            if (_shard.Failure is { } failure && !reported)
            {
                reported = true;
                _failed(failure);
            }

            if (_shard.Refusal is not null != refuses)
            {
                refuses = !refuses;
                _refusing(_shard.Refusal);
            }

            if (wait == 0) continue;
            var pause = wait is { } milliseconds
                ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue))
                : Timeout.InfiniteTimeSpan;
            timer?.Change(pause, Timeout.InfiniteTimeSpan);
            _wake.WaitOne(timer is null ? pause : Timeout.InfiniteTimeSpan);
        }

        // What was submitted before the end is still carried out, however many turns that takes.
        _shard.CloseInbox();
        for (var (idle, left) = (0, int.MaxValue); idle < LastTurns && _shard.Waiting is > 0 and var waiting; left = waiting)
        {
            idle = waiting < left ? 0 : idle + 1;
            _shard.RunTurn(_clock.Wall, _clock.Monotonic, _clock.Slept);
        }

        _shard.Close();
        _shard.Dispose();
        _ended.SetResult();
    }
}
