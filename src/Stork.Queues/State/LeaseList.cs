namespace Stork.Queues.State;

/// <summary>Leases of one duration. As time only goes on, appending keeps them sorted by their end, and every operation is O(1).</summary>
internal sealed class LeaseList(long duration)
{
    public long Duration { get; } = duration;

    public Attempt? First { get; private set; }

    private Attempt? Last { get; set; }

    public void Add(Attempt attempt, long now)
    {
        attempt.List = this;
        attempt.Deadline = now + Duration;
        attempt.Before = Last;
        attempt.After = null;
        if (Last is null) First = attempt;
        else Last.After = attempt;
        Last = attempt;
    }

    public static void Remove(Attempt attempt)
    {
        if (attempt.List is not { } list) return;
        if (attempt.Before is null) list.First = attempt.After;
        else attempt.Before.After = attempt.After;
        if (attempt.After is null) list.Last = attempt.Before;
        else attempt.After.Before = attempt.Before;
        attempt.List = null;
        attempt.Before = attempt.After = null;
    }
}
