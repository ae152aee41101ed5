using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Counts failures: a message that failed waits for its next try, or goes to the dead letters if it was one too many.</summary>
internal sealed class Failing(RuleContext context, Ending ending, DeadLettering deadLettering, FlowControl flow)
{
    /// <param name="attempt">The hand-out that failed.</param>
    /// <param name="how">How.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="delay">Milliseconds to wait; null: as the queue's backoff says.</param>
    public void Fail(Attempt attempt, ReturnKind how, string error, long? delay)
    {
        var (queue, sequence) = (attempt.Queue, attempt.Sequence);
        var extra = queue.Extra(sequence)!;
        var options = context.Queues.OptionsOf(queue);
        context.Counters.Failures++;
        flow.CountOutcome(queue, failed: true);
        if (extra.Failures + 1 > options.MaxFailures)
        {
            var last = new PastAttempt(context.State.Now, how, attempt.Owner, Ending.Clip(error, Ending.MaxAttemptErrorBytes));
            var reason = how == ReturnKind.Crashed ? DeadLetterReason.PoisonCrash : DeadLetterReason.DeliveryLimit;
            deadLettering.End(queue, sequence, reason, error, last);
            return;
        }

        var wait = delay ?? Backoff(options, extra.Failures);
        ending.Return(queue, attempt, how, wait > 0 ? context.State.Now + wait : 0, error);
    }

    /// <summary>
    /// The client got this and ended the connection, once more and with nothing else: that is a failure. Otherwise the message just goes
    /// back.
    /// </summary>
    public void EndLost(Attempt attempt, ReturnKind how)
    {
        if (how == ReturnKind.Refused) Fail(attempt, how, "the client ended the connection when it got this", null);
        else ending.Return(attempt.Queue, attempt, how);
    }

    private long Backoff(QueueOptions options, int failures)
    {
        var wait = options.Backoff.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 40));
        wait = Math.Min(wait, options.MaxBackoff.TotalMilliseconds);
        return (long)(wait * (1 - (options.BackoffJitter * context.Random.NextDouble())));
    }
}
