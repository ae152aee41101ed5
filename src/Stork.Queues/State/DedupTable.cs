using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>
/// Ids seen within their windows, by their hashes.
/// </summary>
internal sealed class DedupTable
{
    /// <summary>More ids than this push the oldest out.</summary>
    public const int MaxIds = 1_000_000;

    private readonly Dictionary<UInt128, Seen> _seen = [];
    private readonly Queue<(UInt128 Hash, long Until)> _order = new();

    public int Count => _seen.Count;

    /// <summary>The ids in the order in which they came.</summary>
    public IEnumerable<(UInt128 Hash, Seen Seen)> InOrder =>
        _order.Where(o => _seen.TryGetValue(o.Hash, out var seen) && seen.Until == o.Until).Select(o => (o.Hash, _seen[o.Hash]));

    public bool TryFind(UInt128 hash, long now, out Seen seen) => _seen.TryGetValue(hash, out seen) && seen.Until > now;

    public bool TryGet(UInt128 hash, out Seen seen) => _seen.TryGetValue(hash, out seen);

    [Durable]
    public void Add(UInt128 hash, Seen seen, long now)
    {
        _seen[hash] = seen;
        _order.Enqueue((hash, seen.Until));
        Forget(now);
    }

    /// <summary>When the oldest id is forgotten; null: there is none.</summary>
    public long? NextEnd => _order.TryPeek(out var oldest) ? oldest.Until : null;

    [Durable]
    public void Forget(long now)
    {
        while (_order.TryPeek(out var oldest) && (oldest.Until <= now || _seen.Count > MaxIds))
        {
            _order.Dequeue();
            if (_seen.TryGetValue(oldest.Hash, out var current) && current.Until == oldest.Until) _seen.Remove(oldest.Hash);
        }
    }

    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Seen(Guid Id, long Sequence, long Until);
}
