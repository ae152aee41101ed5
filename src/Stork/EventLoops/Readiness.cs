using System.Diagnostics;

namespace Stork.EventLoops;

/// <summary>
/// Who goes on with something that the system makes possible: whoever asks for it, or the loop on behalf of who waits. It settles who may
/// touch what both would.
/// </summary>
/// <remarks>
/// <code>
///                 TryWait                 TrySignal, TryEndWait
///   Idle ──────────────────────► Waiting ──────────────────────► Ready: whoever made it so resumes who waits
/// </code>
/// Idle turns into Ready when an event comes while nobody waits. Begins as Ready: nobody knows yet.
/// </remarks>
[DebuggerDisplay("{_state}")]
internal struct Readiness()
{
    private const int Idle = 0;
    private const int Ready = 1;
    private const int Waiting = 2;

    private int _state = Ready;

    /// <summary>Whether there was an event since <see cref="Reset"/>.</summary>
    public bool IsReady => Volatile.Read(ref _state) == Ready;

    /// <summary>Whether somebody waits for an event.</summary>
    public bool IsWaiting => Volatile.Read(ref _state) == Waiting;

    /// <summary>To be called ahead of the system call that finds out: an event from here on is not lost.</summary>
    public void Reset() => Volatile.Write(ref _state, Idle);

    /// <summary>False if there was an event since <see cref="Reset"/>: then the system call has to be made again.</summary>
    public bool TryWait() => Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle;

    /// <summary>An event has come. True if somebody waits, whom the caller has to resume.</summary>
    public bool TrySignal() => Interlocked.Exchange(ref _state, Ready) == Waiting;

    /// <summary>Ends a wait without an event; true if somebody waits, whom the caller has to resume.</summary>
    public bool TryEndWait() => Interlocked.CompareExchange(ref _state, Ready, Waiting) == Waiting;
}
