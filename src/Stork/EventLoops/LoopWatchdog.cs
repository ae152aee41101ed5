namespace Stork.EventLoops;

/// <summary>
/// Looks at the loops at short intervals, and hands one over whose thread is still in the same call. Sleeps while all loops do.
/// </summary>
internal sealed class LoopWatchdog : IDisposable
{
    /// <summary>A call is seen to last after one to two of these.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>So many intervals without a call, and it sleeps until there is one.</summary>
    private const int IntervalsUntilSleep = 100;

    // A monitor, not a Lock: it is waited for.
    private readonly object _gate = new();
    private EventLoop[] _loops = [];
    private bool _isAsleep;
    private bool _isStopping;

    public void Start(EventLoop[] loops)
    {
        _loops = loops;
        new Thread(Run) { IsBackground = true, Name = "stork-watchdog" }.UnsafeStart();
    }

    /// <summary>A loop has something to do.</summary>
    public void Wake()
    {
        if (!Volatile.Read(ref _isAsleep)) return;
        lock (_gate)
        {
            Volatile.Write(ref _isAsleep, false);
            Monitor.Pulse(_gate);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Volatile.Write(ref _isStopping, true);
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        var seen = new int[_loops.Length];
        var idle = 0;
        while (!Volatile.Read(ref _isStopping))
        {
            idle = Look(seen) ? 0 : idle + 1;
            lock (_gate)
            {
                if (_isStopping) return;
                if (idle < IntervalsUntilSleep) Monitor.Wait(_gate, Interval);
                else Sleep(seen);
            }
        }
    }

    private void Sleep(int[] seen)
    {
        Volatile.Write(ref _isAsleep, true);
        // A loop that woke before it could see that wakes nobody; one that wakes from here on does.
        Interlocked.MemoryBarrier();
        if (!Look(seen)) Monitor.Wait(_gate);
        Volatile.Write(ref _isAsleep, false);
    }

    /// <summary>Whether any loop has done something since the last look, or is at it.</summary>
    private bool Look(int[] seen)
    {
        var isBusy = false;
        for (var i = 0; i < seen.Length; i++)
        {
            var turn = _loops[i].Turn;
            var isInCall = (turn & 1) != 0;
            if (isInCall && turn == seen[i]) _loops[i].HandOver(turn);
            isBusy |= isInCall || turn != seen[i];
            seen[i] = turn;
        }

        return isBusy;
    }
}
