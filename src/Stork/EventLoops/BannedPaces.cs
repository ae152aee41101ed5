using System.Diagnostics;

namespace Stork.EventLoops;

/// <summary>
/// Which of a server's calls belong to the thread pool at the moment. Nearly always none, which one look tells, however many there are.
/// </summary>
[DebuggerDisplay("{_paces.Length} banned")]
internal sealed class BannedPaces
{
    private readonly Lock _gate = new();

    // The array never changes.
    private CallPace[] _paces = [];

    /// <summary>Whether there is any. One whose time is over leaves, although nobody makes its calls any more.</summary>
    public bool HasAny
    {
        get
        {
            var isAny = false;
            foreach (var pace in Volatile.Read(ref _paces)) isAny |= pace.KeepsThreads;
            return isAny;
        }
    }

    public void Add(CallPace pace)
    {
        lock (_gate) Volatile.Write(ref _paces, [.. _paces, pace]);
    }

    public void Remove(CallPace pace)
    {
        lock (_gate) Volatile.Write(ref _paces, Array.FindAll(_paces, other => other != pace));
    }
}
