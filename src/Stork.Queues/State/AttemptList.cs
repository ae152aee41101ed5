using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>
/// What a consumer has out, newest first: linked through the hand-outs themselves, so that a consumer needs no array of its own.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct AttemptList
{
    public int Count { get; private set; }

    public Attempt? Newest { get; private set; }

    public void Add(Attempt attempt)
    {
        attempt.OlderOut = Newest;
        if (Newest is not null) Newest.NewerOut = attempt;
        Newest = attempt;
        Count++;
    }

    public void Remove(Attempt attempt)
    {
        if (attempt.NewerOut is null) Newest = attempt.OlderOut;
        else attempt.NewerOut.OlderOut = attempt.OlderOut;
        if (attempt.OlderOut is not null) attempt.OlderOut.NewerOut = attempt.NewerOut;
        attempt.OlderOut = attempt.NewerOut = null;
        Count--;
    }

    /// <summary>Oldest first.</summary>
    public readonly Attempt[] InOrder()
    {
        var attempts = new Attempt[Count];
        var next = 0;
        for (var attempt = Newest; attempt is not null; attempt = attempt.OlderOut) attempts[next++] = attempt;
        Array.Sort(attempts, static (a, b) => a.Token.CompareTo(b.Token));
        return attempts;
    }
}
