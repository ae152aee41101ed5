using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Ends leases: a consumer that is there and did not settle in time has failed.</summary>
internal sealed class Leasing(RuleContext context, Failing failing)
{
    private readonly VolatileState _volatile = context.Volatile;

    public void EndLeases()
    {
        foreach (var list in _volatile.Leases.Lists)
        {
            while (list.First is { } attempt && attempt.Deadline <= _volatile.Monotonic
                && context.Emitter.Fits(RoomNeeds.ToRestate(attempt.Queue, attempt.Sequence)))
            {
                if (IsProven(attempt)) failing.Fail(attempt, ReturnKind.TimedOut, "the lease ended", null);
            }
        }
    }

    /// <summary>Whether the consumer is there although its lease ended; if that is not known yet, the lease goes on for a moment.</summary>
    private bool IsProven(Attempt attempt)
    {
        if (attempt.Consumer?.Options.Liveness is not { } liveness) return true;
        var before = attempt.HeardBefore;
        if (before >= 0 && liveness.Heard > before) return true;
        if (before < 0)
        {
            before = liveness.Heard;
            liveness.Probe();
        }

        _volatile.Leases.Start(attempt, LeaseTable.ProofInterval, _volatile.Monotonic);
        attempt.HeardBefore = before;
        return false;
    }
}
