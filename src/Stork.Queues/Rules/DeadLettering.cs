using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Moves messages to the dead letters that cannot be processed.</summary>
internal sealed class DeadLettering(RuleContext context, Ending ending)
{
    /// <summary>Dead letters that one more may push out: of a limit that was lowered, more go with those that follow.</summary>
    private const int MaxPushedOut = 8;

    /// <summary>What a dead letter does not have that its message may have had.</summary>
    private const MessageFlags LeftBehind = MessageFlags.Expires | MessageFlags.Due | MessageFlags.ByWallClock | MessageFlags.Lane
        | MessageFlags.Priority | MessageFlags.Dedup | MessageFlags.Producer | MessageFlags.Collapse | MessageFlags.Copy;

    /// <summary>Ends a message that cannot be processed: as a dead letter if its queue wants that.</summary>
    /// <param name="queue">The message's queue.</param>
    /// <param name="sequence">Which message.</param>
    /// <param name="reason">Why.</param>
    /// <param name="error">What went wrong last.</param>
    /// <param name="last">
    /// The hand-out whose failure is one too many, which has no record of its own; null: it is not because of a failure.
    /// </param>
    public void End(QueueState queue, long sequence, DeadLetterReason reason, string error, PastAttempt? last = null)
    {
        if (!context.Queues.OptionsOf(queue).DeadLetter || !TryBury(queue, sequence, reason, error, last))
            ending.End(queue, sequence, SettleKind.Dropped);
    }

    /// <summary>
    /// Moves a message to the dead letters with one record: it is in one of the two queues at any time, and never in both. False if its
    /// bytes cannot be read any more.
    /// </summary>
    public bool TryBury(QueueState queue, long sequence, DeadLetterReason reason, string error, PastAttempt? last = null)
    {
        if (queue.Kind == QueueKind.DeadLetter) return false;
        var dead = context.Queues.GetOrDefine(new QueueAddress(queue.Kind, queue.Name).DeadLetters);
        var options = context.Queues.OptionsOf(dead);
        for (var left = MaxPushedOut; left > 0 && dead.Unsettled >= options.MaxMessages && dead.FindHead() is > 0 and var head; left--)
            ending.End(dead, head, SettleKind.Dropped);
        if (!context.Reader.TryRead(queue, sequence, out var message)) return false;
        if (reason is not (DeadLetterReason.Expired or DeadLetterReason.MaxLength))
            context.Notices.Buried.Add(new BuriedMessage(queue.Kind, queue.Name, sequence, reason, queue.Extra(sequence)?.Deliveries ?? 0));
        message.Dead = WriteNotice(queue, sequence, reason, error, last);
        message.FromQueue = queue.Id;
        message.FromSequence = sequence;
        message.FromHow = (byte)SettleKind.DeadLettered;
        message.Queue = dead.Id;
        message.Sequence = dead.NextSequence;
        message.ExpiresAt = options.TimeToLive is { } keep ? context.State.Now + (long)keep.TotalMilliseconds : 0;
        message.Flags &= ~LeftBehind;
        message.Flags |= MessageFlags.Dead | MessageFlags.Moved | (message.ExpiresAt > 0 ? MessageFlags.Expires : 0);
        message.Priority = 0;
        context.Emitter.EmitMessage(message, SyncClass.Fsync);
        context.Counters.DeadLettered++;
        return true;
    }

    private ReadOnlySpan<byte> WriteNotice(QueueState queue, long sequence, DeadLetterReason reason, string error, PastAttempt? last)
    {
        var extra = queue.Extra(sequence);
        context.Scratch.Clear();
        new DeathNotice
        {
            Reason = reason,
            Error = Ending.Clip(error, DeadLetterInfo.MaxErrorBytes),
            Queue = queue.Id,
            Sequence = sequence,
            At = context.State.Now,
            Failures = (extra?.Failures ?? 0) + (last is null ? 0 : 1),
            Deliveries = extra?.Deliveries ?? 0,
            History = last is { } its ? PastAttempt.With(extra?.History, its) : extra?.History,
            Kind = queue.Kind,
            Name = queue.Utf8Name,
        }.Write(context.Scratch);
        return context.Scratch.Written;
    }
}
