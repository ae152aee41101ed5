namespace Stork.Shared;

/// <summary>
/// Whether a handler keeps the thread that calls it. For a while after a call that did, it is called where nobody has to wait for it.
/// </summary>
internal sealed class HandlerPace
{
    private readonly TimeProvider _time;
    private readonly TimeSpan _soon;

    /// <summary>Calls in a row that must return soon after one that did not.</summary>
    private const int Probation = 100;

    private int _callsToGo;

    private HandlerPace(TimeProvider time, TimeSpan soon, int callsToGo)
    {
        _time = time;
        _soon = soon;
        _callsToGo = callsToGo;
    }

    /// <summary>
    /// Of a consumer: until a call has shown that it does not keep its thread, too, it is called on threads of its own
    /// (<see cref="OwnThread"/>): as many handlers then run at once as may, leases are renewed and requests served, however few threads the
    /// pool has.
    /// </summary>
    public static HandlerPace OfConsumer(TimeProvider time) => new(time, TimeSpan.FromMilliseconds(20), callsToGo: 1);

    /// <summary>Of an event: it is called on the thread that serves many connections, or in the pool if it has kept that.</summary>
    public static HandlerPace OfEvent(TimeProvider time) => new(time, TimeSpan.FromMilliseconds(1), callsToGo: 0);

    public bool KeepsThreads => Volatile.Read(ref _callsToGo) > 0;

    /// <summary>Begins to measure a call; see <see cref="Returned"/>.</summary>
    public long Begin() => _time.GetTimestamp();

    /// <summary>A call has kept its thread so long that others noticed.</summary>
    public void Condemn() => Volatile.Write(ref _callsToGo, Probation);

    /// <summary>A call that began at this timestamp has returned.</summary>
    public void Returned(long began)
    {
        if (_time.GetElapsedTime(began) >= _soon) Condemn();
        else if (KeepsThreads) Interlocked.Decrement(ref _callsToGo);
    }
}
