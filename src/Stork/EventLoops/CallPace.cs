namespace Stork.EventLoops;

/// <summary>
/// Whether calls of the application's code keep the thread that makes them. When more than one in a hundred did, they are made in the
/// thread pool for a second; if a tenth of those keep their threads too, or it comes to that again soon afterwards, for twice as long, and
/// so on.
/// </summary>
/// <remarks>
/// One slow call alone decides nothing: a garbage collection, or a thread that the system took off its processor, looks the same from here.
/// A call that keeps others waiting for long is seen by <see cref="LoopWatchdog"/>, the first time. Counts are not exact when several
/// threads call: what is decided by them is not either.
/// </remarks>
/// <param name="time">The clock that calls are measured with.</param>
/// <param name="banned">Where it is listed while its calls belong to the pool; null: nowhere.</param>
internal sealed class CallPace(TimeProvider time, BannedPaces? banned = null)
{
    /// <summary>A call that returns sooner, be it with a task that has yet to complete, keeps no thread.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan ShortestBan = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBan = TimeSpan.FromMinutes(10);

    /// <summary>Code that is called for the first time is compiled first.</summary>
    private const int FirstCalls = 2;

    /// <summary>So many soon calls make up for a slow one.</summary>
    private const int SoonForSlow = 100;

    /// <summary>A ban within so many times the last one is twice as long.</summary>
    private const int Memory = 10;

    private readonly Lock _gate = new();
    private TimeSpan _ban;
    private long _bannedUntil;
    private bool _isBanned;
    private int _measured;
    private int _slowness;
    private int _calls;
    private int _slowCalls;

    /// <summary>Whether the next call belongs to the thread pool.</summary>
    public bool KeepsThreads => Volatile.Read(ref _isBanned) && !TryEndBan();

    /// <summary>Whether every call is to be measured, not just some: it is decided soon whether they keep their threads.</summary>
    public bool IsInQuestion => KeepsThreads || Volatile.Read(ref _slowness) > 0;

    /// <summary>Begins to measure a call; see <see cref="End"/>.</summary>
    public long Begin() => time.GetTimestamp();

    /// <summary>The call that began at this timestamp has returned.</summary>
    public void End(long began)
    {
        var isSlow = time.GetElapsedTime(began) >= Soon;
        if (Volatile.Read(ref _isBanned))
        {
            _calls++;
            if (isSlow) _slowCalls++;
        }
        else if (_measured < FirstCalls)
        {
            _measured++;
        }
        else if (isSlow)
        {
            _slowness += SoonForSlow;
            if (_slowness > SoonForSlow) Ban();
        }
        else if (_slowness > 0)
        {
            _slowness--;
        }
    }

    /// <summary>Calls belong to the thread pool for a while; also because one of them was seen to last.</summary>
    public void Ban()
    {
        lock (_gate)
        {
            if (_isBanned) return;
            BanFor(time.GetTimestamp() < _bannedUntil + (Memory * ToTicks(_ban)) ? 2 * _ban : ShortestBan);
            Volatile.Write(ref _isBanned, true);
            banned?.Add(this);
        }
    }

    private bool TryEndBan()
    {
        if (time.GetTimestamp() < Volatile.Read(ref _bannedUntil)) return false;
        lock (_gate)
        {
            // Another thread may have ended it meanwhile, or prolonged it, and begun to count anew.
            if (!_isBanned) return true;
            if (time.GetTimestamp() < _bannedUntil) return false;
            if (_slowCalls * 10 > _calls)
            {
                BanFor(2 * _ban);
                return false;
            }

            Volatile.Write(ref _isBanned, false);
            banned?.Remove(this);
            return true;
        }
    }

    private void BanFor(TimeSpan ban)
    {
        _ban = ban < LongestBan ? ban : LongestBan;
        (_slowness, _calls, _slowCalls) = (0, 0, 0);
        Volatile.Write(ref _bannedUntil, time.GetTimestamp() + ToTicks(_ban));
    }

    private long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
