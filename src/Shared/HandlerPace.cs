namespace Stork.Shared;

/// <summary>
/// Whether a handler keeps the thread that calls it. Until a call has shown that it does not, and for a while after one that did, it is
/// called on threads of its own (<see cref="OwnThread"/>): as many handlers then run at once as may, leases are renewed and requests
/// served, however few threads the pool has.
/// </summary>
internal sealed class HandlerPace(TimeProvider time)
{
    /// <summary>A call that returns sooner, be it with a task that has yet to complete, keeps no thread.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    /// <summary>Calls in a row that must return soon after one that did not.</summary>
    private const int Probation = 100;

    private int _callsToGo = 1;

    public bool KeepsThreads => Volatile.Read(ref _callsToGo) > 0;

    /// <summary>A call that began at this timestamp has returned.</summary>
    public void Returned(long began)
    {
        if (time.GetElapsedTime(began) >= Soon) Volatile.Write(ref _callsToGo, Probation);
        else if (KeepsThreads) Interlocked.Decrement(ref _callsToGo);
    }
}
