using System.Text;
using Stork.Queues.Rules;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>
/// Finds the first queues of a kind by name behind a given one, among millions, without sorting them or keeping a shard from its work for
/// long: it looks at some of a shard's queues in each turn and keeps the best it has seen. A queue that is there all the while is found,
/// and once; so is each of a listing that goes on behind the last name it got.
/// </summary>
internal sealed class QueueSearch
{
    /// <summary>Queues that are looked at in one turn of a shard: about a millisecond.</summary>
    private const int LooksPerTurn = 16_384;

    private static readonly IComparer<byte[]> LastFirst = Comparer<byte[]>.Create(static (a, b) => b.AsSpan().SequenceCompareTo(a));

    private readonly PriorityQueue<QueueStatistics, byte[]> _found = new(LastFirst);
    private readonly QueueKind _kind;
    private readonly byte[] _prefix;
    private readonly byte[] _after;
    private readonly int _count;

    /// <param name="kind">Queues of this kind,</param>
    /// <param name="prefix">whose name begins so,</param>
    /// <param name="after">and comes behind this one in the order of UTF-8;</param>
    /// <param name="count">the first so many.</param>
    public QueueSearch(QueueKind kind, string? prefix, string? after, int count)
    {
        _kind = kind;
        _prefix = Encoding.UTF8.GetBytes(prefix ?? "");
        _after = Encoding.UTF8.GetBytes(after ?? "");
        _count = count;
    }

    /// <summary>Looks through a shard. Different shards one after the other: the search is not for several threads.</summary>
    public async Task LookThroughAsync(Shard shard, CancellationToken cancellationToken)
    {
        for (var next = 1; next != 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var from = next;
            var look = new Request<int>(core => core.Browsing.ForEach(from, LooksPerTurn, Consider));
            shard.Submit(look);
            next = await look.Task.ConfigureAwait(false);
        }
    }

    /// <summary>What was found, by name.</summary>
    public List<QueueStatistics> TakeAll()
    {
        var found = new List<QueueStatistics>(_found.Count);
        while (_found.TryDequeue(out var queue, out _)) found.Add(queue);
        found.Reverse();
        return found;
    }

    private void Consider(QueueState queue)
    {
        if (queue.Kind != _kind) return;
        var name = queue.Utf8Name;
        if (name.SequenceCompareTo(_after) <= 0 || !name.StartsWith(_prefix)) return;
        if (_found.Count < _count) _found.Enqueue(Browsing.Describe(queue), name.ToArray());
        else if (_found.TryPeek(out _, out var last) && name.SequenceCompareTo(last) < 0)
            _found.EnqueueDequeue(Browsing.Describe(queue), name.ToArray());
    }
}
