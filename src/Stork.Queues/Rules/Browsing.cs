using System.Runtime.CompilerServices;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Shows queues and messages, and changes nothing.</summary>
internal sealed class Browsing(RuleContext context)
{
    private readonly ShardState _state = context.State;

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
        Consumers = queue.Work?.Volatile.Consumers.Count ?? 0,
        Paused = queue.Paused,
        BreakerOpen = queue.Work?.Volatile.Flow?.IsOpen ?? false,
    };

    /// <summary>Shows some queues; returns where to go on, or 0 behind the last.</summary>
    public int ForEach(int from, int count, Action<QueueState> show)
    {
        var end = (int)Math.Min(_state.IdEnd, (long)from + count);
        for (var id = from; id < end; id++)
            if (_state.Peek((uint)id) is { HasName: true } queue) show(queue);
        return end < _state.IdEnd ? end : 0;
    }

    /// <summary>The first retained or waiting message stored at or after a time; the sequence after the last if there is none.</summary>
    public long FindTime(QueueState queue, long time)
    {
        var low = 0;
        var high = queue.Entries.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var isEarlier = context.Reader.TryRead(queue, queue.Entries.SequenceAt(middle), out var message)
                && message.EnqueuedAt + _state.Wall.Shift < time;
            if (isEarlier) low = middle + 1;
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
            if (context.Reader.TryRead(queue, sequence, out var message))
                found.Add(Describe(queue, sequence, entry.State, message, options.WithBody));
        }

        return found;
    }

    /// <summary>The message that a producer's id stands for, if it is still there.</summary>
    public MessageInfo? FindByDedupId(QueueState queue, UInt128 hash)
    {
        if (queue.Work?.Dedup is not { } dedup || !dedup.TryFind(hash, _state.Now, out var seen)) return null;
        ref var entry = ref queue.Find(seen.Sequence);
        if (Unsafe.IsNullRef(ref entry) || entry.State == MessageState.None) return null;
        var state = entry.State;
        return context.Reader.TryRead(queue, seen.Sequence, out var message)
            ? Describe(queue, seen.Sequence, state, message, withBody: true)
            : null;
    }

    /// <summary>From where a dead letter came. Where the record does not say, the id tells, if it still does.</summary>
    public QueueAddress? OriginOf(scoped in DeathNotice notice)
    {
        if (notice.HasName) return new QueueAddress(notice.Kind, notice.NameText);
        return _state.Peek(notice.Queue) is { HasName: true } queue ? new QueueAddress(queue.Kind, queue.Name) : null;
    }

    private MessageInfo Describe(QueueState queue, long sequence, MessageState state, in MessageRecord message, bool withBody)
    {
        var wall = _state.Wall;
        var extra = queue.Extra(sequence);
        var due = state == MessageState.Scheduled ? extra is { DueAt: > 0 } ? extra.DueAt : message.DueAt : 0;
        var byWallClock = message.Has(MessageFlags.ByWallClock);
        return new MessageInfo
        {
            Id = message.Id,
            Sequence = sequence,
            State = state,
            EnqueuedAt = wall.Show(message.EnqueuedAt),
            ExpiresAt = message.ExpiresAt == 0 ? null : wall.Show(message.ExpiresAt, byWallClock),
            DueAt = due == 0 ? null : wall.Show(due, byWallClock && extra is null),
            Subject = MessageReader.TextOrNull(message.Subject),
            Key = MessageReader.TextOrNull(message.Key),
            Priority = message.Priority,
            BodyBytes = message.Body.Length,
            Body = withBody ? message.Body.ToArray() : null,
            DeliveryCount = extra?.Deliveries ?? 0,
            FailureCount = extra?.Failures ?? 0,
            RedriveCount = message.Redrives,
            DeadLetter = message.Dead.IsEmpty ? null : Describe(DeathNotice.Read(message.Dead)),
        };
    }

    private DeadLetterInfo Describe(scoped in DeathNotice notice)
    {
        var wall = _state.Wall;
        var origin = OriginOf(notice);
        var attempts = new List<AttemptInfo>();
        foreach (var past in notice.History ?? [])
            attempts.Add(new AttemptInfo(wall.Show(past.When), past.Outcome.ToString(), past.Owner, past.Error));
        return new DeadLetterInfo
        {
            Reason = notice.Reason,
            Error = notice.Error,
            OriginKind = origin?.Kind ?? default,
            OriginName = origin?.Name ?? "",
            OriginSequence = notice.Sequence,
            At = wall.Show(notice.At),
            FailureCount = notice.Failures,
            DeliveryCount = notice.Deliveries,
            Attempts = attempts,
        };
    }
}
