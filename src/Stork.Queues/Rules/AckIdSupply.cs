using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// Gives out ack ids. They are reserved in blocks, with one synced record each, and a run begins behind what any earlier one had reserved:
/// so no delivery has an id that another one had, except after 2^31 of them.
/// </summary>
internal sealed class AckIdSupply(RuleContext context)
{
    private readonly ShardState _state = context.State;

    /// <summary>Ids below are, or may have been, given out.</summary>
    public int Next { get; private set; } = context.State.AckIdLimit;

    /// <summary>An id that no delivery has.</summary>
    public int Take()
    {
        while (true)
        {
            if (Next >= _state.AckIdLimit) Reserve();
            var id = Next++;
            if (!_state.Attempts.ContainsKey(id)) return id;
        }
    }

    /// <summary>
    /// Consecutive ids for others to number their own acknowledgements with: deliveries never get them, nor do later runs.
    /// </summary>
    public int Take(int count)
    {
        while (true)
        {
            if (_state.AckIdLimit - Next < count) Reserve();
            var first = Next;
            Next += count;
            var free = true;
            for (var id = first; free && id < Next; id++) free = !_state.Attempts.ContainsKey(id);
            if (free) return first;
        }
    }

    /// <summary>Says anew how far ids are reserved.</summary>
    public void Restate() => Emit(_state.AckIdLimit);

    private void Reserve()
    {
        var (range, limit) = (_state.AckIds, _state.AckIdLimit);
        if (limit > range.Last - range.Block) Next = limit = range.First;
        Emit(limit + range.Block);
    }

    private void Emit(int limit) => context.Emitter.Emit(new AckIdsRecord(limit), SyncClass.Fsync);
}
