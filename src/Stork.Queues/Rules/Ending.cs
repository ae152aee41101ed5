using System.Text;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>The records with which a message, or one hand-out of it, ends.</summary>
internal sealed class Ending(RuleContext context)
{
    /// <summary>Of an attempt; of a dead letter as a whole it is <see cref="DeadLetterInfo.MaxErrorBytes"/>.</summary>
    public const int MaxAttemptErrorBytes = 256;

    /// <summary>The message is finished.</summary>
    public void End(QueueState queue, long sequence, SettleKind how)
    {
        long retainUntil = 0;
        if (how == SettleKind.Acked && context.Queues.OptionsOf(queue).Retention is { Ticks: > 0 } retention)
            retainUntil = context.State.Now + (long)retention.TotalMilliseconds;
        if (how == SettleKind.Expired) context.Counters.Expired++;
        context.Emitter.Emit(new SettleRecord(queue.Id, sequence, how, retainUntil), SyncClass.Lazy);
    }

    /// <summary>The hand-out is over, and the message goes back.</summary>
    /// <param name="queue">The message's queue.</param>
    /// <param name="attempt">The hand-out.</param>
    /// <param name="how">How it ended.</param>
    /// <param name="dueAt">When the message may go out again; 0: at once.</param>
    /// <param name="error">What went wrong.</param>
    public void Return(QueueState queue, Attempt attempt, ReturnKind how, long dueAt = 0, string error = "")
    {
        var record = new ReturnRecord(queue.Id, attempt.Sequence, attempt.AckId, how, dueAt, Clip(error, MaxAttemptErrorBytes));
        context.Emitter.Emit(record, SyncClass.Lazy);
    }

    /// <summary>As many whole characters as fit.</summary>
    public static string Clip(string text, int maxBytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= maxBytes) return text;
        var length = 0;
        foreach (var character in text.EnumerateRunes())
        {
            maxBytes -= character.Utf8SequenceLength;
            if (maxBytes < 0) break;
            length += character.Utf16SequenceLength;
        }

        return text[..length];
    }
}
