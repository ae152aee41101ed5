using System.Runtime.CompilerServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>How hand-outs end: acknowledged, failed, given back, rejected.</summary>
internal sealed partial class ShardCore
{
    /// <summary>Of an attempt; of a dead letter as a whole it is <see cref="DeadLetterInfo.MaxErrorBytes"/>.</summary>
    private const int MaxAttemptErrorBytes = 256;

    /// <summary>Dead letters that one more may push out: of a limit that was lowered, more go with those that follow.</summary>
    private const int MaxDeadPushedOut = 8;

    public Attempt? FindAttempt(int ackId) => _attempts.GetValueOrDefault(ackId);

    /// <summary>Room that settling this hand-out may need: a failure can move the message to the dead letters.</summary>
    public static int SettleBytes(Attempt attempt) => attempt.Settled ? 64 : RestateBytes(attempt.Queue, attempt.Sequence);

    public SettleOutcome Acknowledge(Attempt attempt, bool fenced)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (attempt.Forgotten) return SettleOutcome.Unknown;
        if (fenced && !attempt.Live) return SettleOutcome.LeaseLost;
        var late = !attempt.Live;
        var queue = attempt.Queue;
        NoteOutcome(queue, failed: false);
        if (attempt.Device != 0 && queue.Work?.Devices is { Count: > 0 })
        {
            Emit(new DeviceAckRecord(queue.Id, attempt.Sequence, attempt.Device), SyncClass.Lazy);
            if (IsAckedByAll(queue, attempt.Sequence)) EmitSettle(queue, attempt.Sequence, SettleKind.Acked);
        }
        else
        {
            EmitSettle(queue, attempt.Sequence, SettleKind.Acked);
        }

        Counters.Acked++;
        if (!late) return SettleOutcome.Done;
        Counters.LateAcks++;
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
        if (!attempt.InProcess && delay is { } wanted) delay = Math.Min(wanted, (long)OptionsOf(attempt.Queue).MaxNackDelay.TotalMilliseconds);
        Fail(attempt.Queue, attempt.Sequence, attempt.Queue.Extra(attempt.Sequence)!, attempt, ReturnKind.Nacked, error ?? "", delay);
        return SettleOutcome.Done;
    }

    public SettleOutcome Release(Attempt attempt)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (!attempt.Live) return SettleOutcome.LeaseLost;
        var consumer = attempt.Consumer;
        EmitReturn(attempt.Queue, attempt.Sequence, attempt.AckId, ReturnKind.Released, 0, "");
        if (consumer is not null) NoteReleased(consumer, 1);
        return SettleOutcome.Done;
    }

    public SettleOutcome Reject(Attempt attempt, string? error)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (!attempt.Live) return SettleOutcome.LeaseLost;
        EndDead(attempt.Queue, attempt.Sequence, DeadLetterReason.Rejected, error ?? "");
        return SettleOutcome.Done;
    }

    /// <summary>The lease starts anew, with the queue's timeout or another one.</summary>
    public SettleOutcome Extend(Attempt attempt, long? duration)
    {
        if (attempt.Settled) return SettleOutcome.AlreadySettled;
        if (!attempt.Live) return SettleOutcome.LeaseLost;
        if (attempt.List is null && attempt.Consumer is null) return SettleOutcome.LeaseLost;
        Lease(attempt, duration ?? (long)OptionsOf(attempt.Queue).AckTimeout.TotalMilliseconds);
        return SettleOutcome.Done;
    }

    private void Lease(Attempt attempt, long duration)
    {
        LeaseList.Remove(attempt);
        attempt.HeardBefore = -1;
        if (!_leases.TryGetValue(duration, out var list)) _leases[duration] = list = new LeaseList(duration);
        list.Add(attempt, Monotonic);
    }

    /// <summary>Counts a failure: the message waits, or goes to the dead letters if it was one too many.</summary>
    private void Fail(QueueState queue, long sequence, MessageExtra extra, Attempt attempt, ReturnKind how, string error, long? delay)
    {
        var options = OptionsOf(queue);
        Counters.Failures++;
        NoteOutcome(queue, failed: true);
        if (extra.Failures + 1 > options.MaxFailures)
        {
            extra.Failures++;
            extra.Remember(new PastAttempt(Now, how, attempt.Owner, Clip(error, MaxAttemptErrorBytes)));
            EndDead(queue, sequence, how == ReturnKind.Crashed ? DeadLetterReason.PoisonCrash : DeadLetterReason.DeliveryLimit, error);
            return;
        }

        var wait = delay ?? Backoff(options, extra.Failures);
        EmitReturn(queue, sequence, attempt.AckId, how, wait > 0 ? Now + wait : 0, error);
    }

    private long Backoff(QueueOptions options, int failures)
    {
        var wait = options.Backoff.TotalMilliseconds * Math.Pow(2, Math.Min(failures, 40));
        wait = Math.Min(wait, options.MaxBackoff.TotalMilliseconds);
        return (long)(wait * (1 - (options.BackoffJitter * _random.NextDouble())));
    }

    private void EndDead(QueueState queue, long sequence, DeadLetterReason reason, string error)
    {
        if (!OptionsOf(queue).DeadLetter || !Bury(queue, sequence, reason, error)) EmitSettle(queue, sequence, SettleKind.Dropped);
    }

    /// <summary>Moves a message to the dead letters with one record. False if its bytes cannot be read any more.</summary>
    private bool Bury(QueueState queue, long sequence, DeadLetterReason reason, string error)
    {
        if (queue.Kind == QueueKind.DeadLetter) return false;
        var dead = GetOrDefine(new QueueAddress(queue.Kind, queue.Name).DeadLetters);
        var options = OptionsOf(dead);
        for (var left = MaxDeadPushedOut; left > 0 && dead.Unsettled >= options.MaxMessages && HeadOf(dead) is > 0 and var head; left--)
            EmitSettle(dead, head, SettleKind.Dropped);
        if (!TryRead(queue, sequence, out var message)) return false;
        if (reason is not (DeadLetterReason.Expired or DeadLetterReason.MaxLength))
            Buried.Add(new BuriedMessage(queue.Kind, queue.Name, sequence, reason, queue.Extra(sequence)?.Deliveries ?? 0));
        message.Dead = DescribeDead(queue, sequence, reason, error);
        message.FromQueue = queue.Id;
        message.FromSequence = sequence;
        message.FromHow = (byte)SettleKind.DeadLettered;
        message.Queue = dead.Id;
        message.Sequence = dead.NextSequence;
        message.ExpiresAt = options.TimeToLive is { } keep ? Now + (long)keep.TotalMilliseconds : 0;
        message.Flags &= ~(MessageFlags.Expires | MessageFlags.Due | MessageFlags.ByWallClock | MessageFlags.Lane | MessageFlags.Priority | MessageFlags.Dedup | MessageFlags.Producer
            | MessageFlags.Collapse | MessageFlags.Copy);
        message.Flags |= MessageFlags.Dead | MessageFlags.Moved | (message.ExpiresAt > 0 ? MessageFlags.Expires : 0);
        message.Priority = 0;
        Emit(message, SyncClass.Fsync);
        Counters.DeadLettered++;
        return true;
    }

    private ReadOnlySpan<byte> DescribeDead(QueueState queue, long sequence, DeadLetterReason reason, string error)
    {
        var extra = queue.Extra(sequence);
        _scratch.Clear();
        new DeathNotice
        {
            Reason = reason,
            Error = Clip(error, DeadLetterInfo.MaxErrorBytes),
            Queue = queue.Id,
            Sequence = sequence,
            At = Now,
            Failures = extra?.Failures ?? 0,
            Deliveries = extra?.Deliveries ?? 0,
            History = extra?.History,
            Kind = queue.Kind,
            Name = queue.Utf8Name,
        }.Write(_scratch);
        return _scratch.Written;
    }

    private void EmitSettle(QueueState queue, long sequence, SettleKind how)
    {
        long retainUntil = 0;
        if (how == SettleKind.Acked && OptionsOf(queue).Retention is { Ticks: > 0 } retention) retainUntil = Now + (long)retention.TotalMilliseconds;
        if (how == SettleKind.Expired) Counters.Expired++;
        Emit(new SettleRecord(queue.Id, sequence, how, retainUntil), SyncClass.Lazy);
    }

    private void EmitReturn(QueueState queue, long sequence, int ackId, ReturnKind how, long dueAt, string error) =>
        Emit(new ReturnRecord(queue.Id, sequence, ackId, how, dueAt, Clip(error, MaxAttemptErrorBytes)), SyncClass.Lazy);

    /// <summary>Reads a message's record. Bytes that fail their checksum are never returned.</summary>
    private bool TryRead(QueueState queue, long sequence, out MessageRecord message) => TryRead(queue, sequence, out message, out _);

    private bool TryRead(QueueState queue, long sequence, out MessageRecord message, out ReadOnlySpan<byte> record)
    {
        message = default;
        record = default;
        ref var entry = ref queue.Find(sequence);
        if (Unsafe.IsNullRef(ref entry)) return false;
        try
        {
            record = _journal.Read(entry.Segment, entry.Offset, entry.Size);
            message = MessageRecord.Read(record);
            if (message.Queue == queue.Id && message.Sequence == sequence) return true;
        }
        catch (Exception failure) when (failure is InvalidDataException or ArgumentException or IndexOutOfRangeException)
        {
            LastUnreadable = failure;
        }

        Counters.Unreadable++;
        return false;
    }

    /// <summary>The last error of reading a message back.</summary>
    public Exception? LastUnreadable { get; private set; }

    private static int RestateBytes(QueueState queue, long sequence)
    {
        ref var entry = ref queue.Find(sequence);
        return MessageOverhead + (Unsafe.IsNullRef(ref entry) ? 0 : entry.Size);
    }

    /// <summary>As many whole characters as fit.</summary>
    private static string Clip(string text, int maxBytes)
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
