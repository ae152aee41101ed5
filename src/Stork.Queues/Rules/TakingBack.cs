using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// Ends the hand-outs of the former run. For code of that process its end counts as a failure, except beside a message that is suspected of
/// such an end already; what others had waits for their return.
/// </summary>
/// <remarks>
/// That takes records, and may take several turns. A crash meanwhile is harmless: the next run goes on with what is still out. Suspects
/// come last, so that what was beside them is still found beside them then.
/// </remarks>
internal sealed class TakingBack(RuleContext context, Ending ending, Failing failing, Detaching detaching)
{
    private readonly AbsentConsumers _absent = new();

    /// <summary>The queue ids up to which hand-outs were taken back: of others, and of suspects.</summary>
    private uint _next = 1;
    private uint _nextSuspects;

    /// <summary>Whether the former run ended while a suspect was out; null: not looked at.</summary>
    private bool? _endedWithSuspect;

    /// <summary>Returns false when there was no room for all and it must be called again.</summary>
    public bool TakeBack()
    {
        _endedWithSuspect ??= context.State.Queues.Any(HasSuspectOut);
        if (!TakeBack(ref _next, suspects: false) || !TakeBack(ref _nextSuspects, suspects: true)) return false;
        _absent.Clear();
        return true;
    }

    private static bool HasSuspectOut(QueueState queue) =>
        queue.InFlight > 0 && queue.Work!.Extras.Sequences.Any(s => queue.Extra(s) is { Isolated: true } extra && IsOutInProcess(extra));

    private static bool IsOutInProcess(MessageExtra extra)
    {
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
            if (attempt is { Live: true, InProcess: true }) return true;
        return false;
    }

    private bool TakeBack(ref uint next, bool suspects)
    {
        for (; next < context.State.IdEnd; next++)
        {
            if (context.State.Peek(next) is not { InFlight: > 0 } queue) continue;
            foreach (var sequence in queue.Work!.Extras.Sequences.Order().ToArray())
            {
                var extra = queue.Extra(sequence);
                if (extra is null || extra.Isolated != suspects || !extra.HasLive) continue;
                if (!context.Emitter.Fits(RoomNeeds.ToRestate(queue, sequence))) return false;
                EndAttempts(queue, extra);
            }
        }

        return true;
    }

    private void EndAttempts(QueueState queue, MessageExtra extra)
    {
        var ended = extra.Isolated || _endedWithSuspect == false ? ReturnKind.Crashed : ReturnKind.BesideCrash;
        var counted = false;
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
        {
            // Room may be short so that commands run meanwhile: what this run handed out is not meant.
            if (!attempt.Live || attempt.Consumer is not null) continue;
            if (attempt is { InProcess: false, Owner.Length: > 0 })
            {
                WaitForReturn(queue, attempt);
                continue;
            }

            var outcome = attempt.InProcess ? counted ? ReturnKind.Superseded : ended : ReturnKind.Lost;
            counted |= attempt.InProcess;
            if (outcome == ReturnKind.Crashed) failing.Fail(attempt, outcome, "the process ended", delay: 0);
            else ending.Return(queue, attempt, outcome);
        }
    }

    private void WaitForReturn(QueueState queue, Attempt attempt)
    {
        var consumer = _absent.Of(queue, attempt, out var isNew);
        attempt.Bytes = queue.Find(attempt.Sequence).Size;
        consumer.Add(attempt);
        if (isNew) detaching.AwaitReturn(consumer);
    }
}
