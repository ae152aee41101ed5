namespace Stork.EventLoops;

/// <summary>
/// Looks at the loops at short intervals, and hands one over whose thread is still in the same call. Sleeps while all loops do.
/// </summary>
internal sealed class LoopWatchdog : IDisposable
{
    /// <summary>A call is seen to last after two to three of these.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>So many intervals without a call, and it sleeps until there is one.</summary>
    private const int IntervalsUntilSleep = 100;

    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    // A monitor, not a Lock: it is waited for.
    private readonly object _gate = new();
    private EventLoop[] _loops = [];

    // What was seen of each loop at the last look.
    private LoopSighting[] _sightings = [];
    private bool _isAsleep;
    private bool _isStopping;

    public void Start(EventLoop[] loops)
    {
        _loops = loops;
        _sightings = new LoopSighting[loops.Length];
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
        var idle = 0;
        while (!Volatile.Read(ref _isStopping))
        {
            idle = Look() ? 0 : idle + 1;
            lock (_gate)
            {
                if (_isStopping) return;
                if (idle < IntervalsUntilSleep) Monitor.Wait(_gate, Interval);
                else Sleep();
            }
        }
    }

    private void Sleep()
    {
        Volatile.Write(ref _isAsleep, true);
        // A loop that woke before it could see that wakes nobody; one that wakes from here on does. One in between is seen a second later.
        Interlocked.MemoryBarrier();
        if (!Look()) Monitor.Wait(_gate, LongestSleep);
        Volatile.Write(ref _isAsleep, false);
    }

    /// <summary>Whether any loop has done something since the last look, or is at it.</summary>
    private bool Look()
    {
        var isBusy = false;
        for (var i = 0; i < _loops.Length; i++)
        {
            var loop = _loops[i];
            var before = _sightings[i];
            var now = new LoopSighting(loop.Turn);
            // Read for a call that lasts, and for no other: it is a file.
            if (now.IsSameCall(before)) now = now with { WithoutProcessor = loop.Owner.GetTimeWithoutProcessor() };
            if (now.IsBlockedSince(before))
            {
                loop.HandOver(now.Turn);
                now = now with { WithoutProcessor = null };
            }

            isBusy |= now.IsInCall || now.Turn != before.Turn;
            _sightings[i] = now;
        }

        return isBusy;
    }
}
