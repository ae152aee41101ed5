using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>What consumers say about what they have: acknowledged, failed, given back, rejected, or it takes longer.</summary>
internal sealed class Settling(
    RuleContext context, Ending ending, DeadLettering deadLettering, Failing failing, FlowControl flow, ReleasePacing pacing)
{
    public Attempt? FindAttempt(int ackId) => context.State.Attempts.GetValueOrDefault(ackId);

    public SettleOutcome Acknowledge(Attempt attempt, bool fenced)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (attempt.Forgotten) return SettleOutcome.Unknown;
        if (fenced && !attempt.Live) return SettleOutcome.LeaseLost;
        var late = !attempt.Live;
        var (queue, sequence) = (attempt.Queue, attempt.Sequence);
        flow.CountOutcome(queue, failed: false);
        if (attempt.Device != 0 && queue.Work?.Devices is { Count: > 0 } devices)
        {
            context.Emitter.Emit(new DeviceAckRecord(queue.Id, sequence, attempt.Device), SyncClass.Lazy);
            if (devices.HaveAllAcknowledged(sequence)) ending.End(queue, sequence, SettleKind.Acked);
        }
        else
        {
            ending.End(queue, sequence, SettleKind.Acked);
        }

        context.Counters.Acked++;
        if (!late) return SettleOutcome.Done;
        context.Counters.LateAcks++;
        return SettleOutcome.DoneLate;
    }

    /// <param name="attempt">The hand-out that failed.</param>
    /// <param name="delay">Milliseconds to wait; null: as the queue's backoff says.</param>
    /// <param name="error">What went wrong.</param>
    public SettleOutcome Negate(Attempt attempt, long? delay, string? error)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (!attempt.Live) return SettleOutcome.LeaseLost;

        // What comes from outside the process may not put a message off for as long as it likes.
        if (!attempt.InProcess && delay is { } wanted)
            delay = Math.Min(wanted, (long)context.Queues.OptionsOf(attempt.Queue).MaxNackDelay.TotalMilliseconds);
        failing.Fail(attempt, ReturnKind.Nacked, error ?? "", delay);
        return SettleOutcome.Done;
    }

    public SettleOutcome Release(Attempt attempt)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (!attempt.Live) return SettleOutcome.LeaseLost;
        var consumer = attempt.Consumer;
        ending.Return(attempt.Queue, attempt, ReturnKind.Released);
        if (consumer is not null) pacing.CountReleases(consumer, 1);
        return SettleOutcome.Done;
    }

    public SettleOutcome Reject(Attempt attempt, string? error)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (!attempt.Live) return SettleOutcome.LeaseLost;
        deadLettering.End(attempt.Queue, attempt.Sequence, DeadLetterReason.Rejected, error ?? "");
        return SettleOutcome.Done;
    }

    /// <summary>The lease starts anew, with the queue's timeout or another one.</summary>
    public SettleOutcome Extend(Attempt attempt, long? duration)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (!attempt.Live) return SettleOutcome.LeaseLost;
        if (attempt.List is null && attempt.Consumer is null) return SettleOutcome.LeaseLost;
        var milliseconds = duration ?? (long)context.Queues.OptionsOf(attempt.Queue).AckTimeout.TotalMilliseconds;
        context.Volatile.Leases.Start(attempt, milliseconds, context.Volatile.Monotonic);
        return SettleOutcome.Done;
    }
}
