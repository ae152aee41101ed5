namespace Stork.Queues.State;

/// <summary>
/// The leases that run, in one list for each duration. Those of one duration end in the order in which they began, so that beginning,
/// ending and finding the next one that ends cost the same however many there are.
/// </summary>
internal sealed class LeaseTable
{
    /// <summary>Milliseconds after which a consumer that may be gone is looked at again.</summary>
    public const long ProofInterval = 250;

    // With the list that is added to while all are looked through.
    private readonly Dictionary<long, LeaseList> _lists = new() { [ProofInterval] = new LeaseList(ProofInterval) };

    public Dictionary<long, LeaseList>.ValueCollection Lists => _lists.Values;

    public bool HasAny
    {
        get
        {
            foreach (var list in _lists.Values)
                if (list.First is not null) return true;
            return false;
        }
    }

    /// <summary>The lease begins, or begins anew.</summary>
    public void Start(Attempt attempt, long duration, long now)
    {
        LeaseList.Remove(attempt);
        attempt.HeardBefore = -1;
        if (!_lists.TryGetValue(duration, out var list)) _lists[duration] = list = new LeaseList(duration);
        list.Add(attempt, now);
    }
}
