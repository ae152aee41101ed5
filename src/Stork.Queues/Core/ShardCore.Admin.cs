using System.Runtime.CompilerServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>What operators do.</summary>
internal sealed partial class ShardCore
{
    public static QueueStatistics Describe(QueueState queue) => new()
    {
        Kind = queue.Kind,
        Name = queue.Name,
        Ready = queue.Ready,
        Scheduled = queue.Scheduled,
        InFlight = queue.InFlight,
        Retained = queue.Retained,
        Bytes = queue.Bytes,
        Enqueued = queue.NextSequence - 1,
        Acked = queue.Acked,
        Expired = queue.Others?.Expired ?? 0,
        Dropped = queue.Others?.Dropped ?? 0,
        DeadLettered = queue.Others?.DeadLettered ?? 0,
        Purged = queue.Others?.Purged ?? 0,
        Redriven = queue.Others?.Redriven ?? 0,
        Consumers = queue.Work?.Consumers.Count ?? 0,
        Paused = queue.Paused,
        BreakerOpen = queue.Work?.Flow?.IsOpen ?? false,
    };

    /// <summary>Shows some queues; returns where to go on, or 0 behind the last.</summary>
    public int ForEach(int from, int count, Action<QueueState> look)
    {
        var end = (int)Math.Min(_queues.Count, (long)from + count);
        for (var id = from; id < end; id++)
            if (_queues[id] is { HasName: true } queue) look(queue);
        return end < _queues.Count ? end : 0;
    }

    public void Pause(QueueState queue, bool paused)
    {
        if (queue.Paused == paused) return;
        Emit(new PauseRecord(queue.Id, paused), SyncClass.Fsync);

        // The state record must be written anew from where this one is, or reclaim would forget it.
        EmitQueue(queue);
    }

    /// <summary>Ends every message that is not out at a consumer; says how many.</summary>
    public int Purge(QueueState queue)
    {
        var count = queue.Ready + queue.Scheduled;
        if (count == 0) return 0;
        Emit(new PurgeRecord(queue.Id, queue.NextSequence - 1, count), SyncClass.Fsync);
        return count;
    }

    /// <summary>Makes retained messages from a sequence on ready again; says how many.</summary>
    public int Seek(QueueState queue, long from)
    {
        var count = CountSeekable(queue, from);
        if (count == 0) return 0;
        Emit(new SeekRecord(queue.Id, from, count), SyncClass.Fsync);
        return count;
    }

    private int CountSeekable(QueueState queue, long from = 0)
    {
        var count = 0;
        for (var i = queue.Entries.LowerBound(from); i < queue.Entries.Count; i++)
            if (CanSeek(in queue.Entries.At(i))) count++;
        return count;
    }

    /// <summary>The first retained or waiting message stored at or after a time; the sequence after the last if there is none.</summary>
    public long FindTime(QueueState queue, long time)
    {
        var low = 0;
        var high = queue.Entries.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (TryRead(queue, queue.Entries.SequenceAt(middle), out var message) && message.EnqueuedAt + Wall.Shift < time) low = middle + 1;
            else high = middle;
        }

        return low < queue.Entries.Count ? queue.Entries.SequenceAt(low) : queue.NextSequence;
    }

    public List<MessageInfo> Browse(QueueState queue, BrowseOptions options)
    {
        var found = new List<MessageInfo>();
        for (var i = queue.Entries.LowerBound(options.FromSequence); i < queue.Entries.Count && found.Count < options.Limit; i++)
        {
            ref var entry = ref queue.Entries.At(i);
            if (entry.State == MessageState.None || (options.State is { } wanted && entry.State != wanted)) continue;
            var sequence = queue.Entries.SequenceAt(i);
            if (TryRead(queue, sequence, out var message)) found.Add(Describe(queue, sequence, entry.State, message, options.WithBody));
        }

        return found;
    }

    /// <summary>The message that a producer's id stands for, if it is still there.</summary>
    public MessageInfo? FindByDedupId(QueueState queue, UInt128 hash)
    {
        if (queue.Work?.Dedup is not { } dedup || !dedup.TryFind(hash, Now, out var seen)) return null;
        ref var entry = ref queue.Find(seen.Sequence);
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref entry) || entry.State == MessageState.None) return null;
        var state = entry.State;
        return TryRead(queue, seen.Sequence, out var message) ? Describe(queue, seen.Sequence, state, message, withBody: true) : null;
    }

    private MessageInfo Describe(QueueState queue, long sequence, MessageState state, in MessageRecord message, bool withBody)
    {
        var extra = queue.Extra(sequence);
        var due = state == MessageState.Scheduled ? extra is { DueAt: > 0 } ? extra.DueAt : message.DueAt : 0;
        var byWallClock = message.Has(MessageFlags.ByWallClock);
        return new MessageInfo
        {
            Id = message.Id,
            Sequence = sequence,
            State = state,
            EnqueuedAt = Wall.Show(message.EnqueuedAt),
            ExpiresAt = message.ExpiresAt == 0 ? null : Wall.Show(message.ExpiresAt, byWallClock),
            DueAt = due == 0 ? null : Wall.Show(due, byWallClock && extra is null),
            Subject = TextOrNull(message.Subject),
            Key = TextOrNull(message.Key),
            Priority = message.Priority,
            BodyBytes = message.Body.Length,
            Body = withBody ? message.Body.ToArray() : null,
            DeliveryCount = extra?.Deliveries ?? 0,
            FailureCount = extra?.Failures ?? 0,
            RedriveCount = message.Redrives,
            DeadLetter = message.Dead.IsEmpty ? null : DescribeDead(message.Dead),
        };
    }

    private DeadLetterInfo DescribeDead(ReadOnlySpan<byte> dead)
    {
        var notice = DeathNotice.Read(dead);
        var origin = OriginOf(notice);
        var attempts = new List<AttemptInfo>();
        foreach (var past in notice.History ?? [])
            attempts.Add(new AttemptInfo(Wall.Show(past.When), past.Outcome.ToString(), past.Owner, past.Error));
        return new DeadLetterInfo
        {
            Reason = notice.Reason,
            Error = notice.Error,
            OriginKind = origin?.Kind ?? default,
            OriginName = origin?.Name ?? "",
            OriginSequence = notice.Sequence,
            At = Wall.Show(notice.At),
            FailureCount = notice.Failures,
            DeliveryCount = notice.Deliveries,
            Attempts = attempts,
        };
    }

    /// <summary>
    /// Moves dead letters back to where they came from, oldest first, from a sequence on. Stops at a full queue.
    /// Returns how many went and the sequence to go on with; 0: no more.
    /// </summary>
    public (int Moved, long Next) Redrive(QueueState dead, long from, int limit, string? origin, int? maxRedrives)
    {
        var moved = 0;
        for (var i = dead.Entries.LowerBound(from); i < dead.Entries.Count;)
        {
            var sequence = dead.Entries.SequenceAt(i);
            if (moved == limit || !Fits(RestateBytes(dead, sequence) + 1024)) return (moved, sequence);
            if (dead.Entries.At(i).State == MessageState.Ready && RedriveOne(dead, sequence, origin, maxRedrives)) moved++;
            i = dead.Entries.LowerBound(sequence + 1);
        }

        return (moved, 0);
    }

    /// <summary>From where a dead letter came. Where the record does not say, the id tells, if it still does.</summary>
    private QueueAddress? OriginOf(scoped in DeathNotice notice)
    {
        if (notice.HasName) return new QueueAddress(notice.Kind, notice.NameText);
        return Peek(notice.Queue) is { HasName: true } queue ? new QueueAddress(queue.Kind, queue.Name) : null;
    }

    private bool RedriveOne(QueueState dead, long sequence, string? wanted, int? maxRedrives)
    {
        if (!TryRead(dead, sequence, out var message) || message.Dead.IsEmpty) return false;
        if (OriginOf(DeathNotice.Read(message.Dead)) is not { } address || (wanted is not null && address.Name != wanted)) return false;
        if (maxRedrives is { } limit && message.Redrives >= limit) return false;
        var origin = GetOrDefine(address);
        var options = OptionsOf(origin);
        if (IsFull(origin, dead.Find(sequence).Size, options)) return false;
        var laned = options.Order == DeliveryOrder.Strict || (options.Order == DeliveryOrder.PerKey && !message.Key.IsEmpty);
        message.FromQueue = dead.Id;
        message.FromSequence = sequence;
        message.FromHow = (byte)SettleKind.Redriven;
        message.Queue = origin.Id;
        message.Sequence = origin.NextSequence;
        message.Redrives++;
        message.Lane = options.Order == DeliveryOrder.Strict ? KeyHash.Of(Encoding.UTF8.GetBytes(StrictLane)) : KeyHash.Of(message.Key);
        message.ExpiresAt = options.TimeToLive is { } keep ? Now + (long)keep.TotalMilliseconds : 0;
        message.Flags &= ~(MessageFlags.Dead | MessageFlags.Copy | MessageFlags.Expires);
        message.Flags |= MessageFlags.Moved | MessageFlags.Redrives
            | (message.ExpiresAt > 0 ? MessageFlags.Expires : 0) | (laned ? MessageFlags.Lane : 0);
        Emit(message, SyncClass.Fsync);
        return true;
    }
}
