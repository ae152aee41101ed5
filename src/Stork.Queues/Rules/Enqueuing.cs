using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Stores messages that <see cref="Admission"/> did not refuse.</summary>
internal sealed class Enqueuing(RuleContext context, Ending ending, PushingOut pushingOut)
{
    private const string StrictLane = "";

    /// <summary>The id of the lane that a message is in; what is in it means something only where the queue has lanes.</summary>
    public static ulong LaneOf(QueueOptions options, ReadOnlySpan<byte> key) =>
        options.Order == DeliveryOrder.Strict ? KeyHash.Of(Encoding.UTF8.GetBytes(StrictLane)) : KeyHash.Of(key);

    public static bool HasLane(QueueOptions options, bool hasKey) =>
        options.Order == DeliveryOrder.Strict || (options.Order == DeliveryOrder.PerKey && hasKey);

    public EnqueueReceipt Enqueue(in PreparedMessage message)
    {
        var queue = context.Queues.GetOrDefine(message.Queue);
        if (Duplicates.Find(queue, message, context.State.Now) is { } duplicate)
        {
            context.Counters.Duplicates++;
            return duplicate;
        }

        var options = context.Queues.OptionsOf(queue);
        Collapse(queue, message);
        if (!pushingOut.TryMakeRoom(queue, message.RecordBytes, options))
        {
            context.Counters.Refused++;
            return new EnqueueReceipt(Guid.Empty, 0, Dropped: true);
        }

        var sequence = queue.NextSequence;
        var id = NewId();
        EmitMessage(queue, message, options, sequence, id);
        context.Counters.Enqueued++;
        return new EnqueueReceipt(id, sequence);
    }

    /// <summary>The newest message of a collapse key replaces the one before, unless that was handed out already.</summary>
    private void Collapse(QueueState queue, in PreparedMessage message)
    {
        if (message.Collapse is null || queue.Work?.Collapse is not { } collapse) return;
        if (!collapse.TryGet(message.CollapseHash, out var older)) return;
        ref var entry = ref queue.Find(older);
        if (Unsafe.IsNullRef(ref entry) || entry.State is not (MessageState.Ready or MessageState.Scheduled)) return;
        if (queue.Extra(older) is null) ending.End(queue, older, SettleKind.Dropped);
    }

    private void EmitMessage(QueueState queue, in PreparedMessage message, QueueOptions options, long sequence, Guid id)
    {
        var (source, now, wall) = (message.Message, context.State.Now, context.State.Wall.Now);
        var timeToLive = source.TimeToLive ?? options.TimeToLive;
        var wait = Math.Max(0, source.DeliverAt is { } at ? at.ToUnixTimeMilliseconds() - wall : (long)source.Delay.TotalMilliseconds);
        var byWallClock = wait > 0 && source.DeliverAt is not null;
        var dueAt = (byWallClock ? wall : now) + wait;
        var laned = HasLane(options, message.Key is not null);
        var flags = MessageFlags.None;
        if (timeToLive is not null) flags |= MessageFlags.Expires;
        if (wait > 0) flags |= MessageFlags.Due;
        if (byWallClock) flags |= MessageFlags.ByWallClock;
        if (laned) flags |= MessageFlags.Lane;
        if (message.Key is not null) flags |= MessageFlags.Key;
        if (source.Priority > 0 && !laned) flags |= MessageFlags.Priority;
        if (message.DedupId is not null) flags |= MessageFlags.Dedup;
        if (message.Producer is not null) flags |= MessageFlags.Producer;
        if (message.Collapse is not null) flags |= MessageFlags.Collapse;
        if (message.Subject is not null) flags |= MessageFlags.Subject;
        if (message.Headers is not null) flags |= MessageFlags.Headers;
        var record = new MessageRecord
        {
            Flags = flags,
            Queue = queue.Id,
            Sequence = sequence,
            Id = id,
            EnqueuedAt = now,
            ExpiresAt = dueAt + (long)(timeToLive?.TotalMilliseconds ?? 0),
            DueAt = wait > 0 ? dueAt : 0,
            Lane = laned ? LaneOf(options, message.Key) : 0,
            Key = message.Key,
            Priority = laned ? 0 : source.Priority,
            DedupWindow = options.DedupWindow > TimeSpan.Zero ? wait + (long)options.DedupWindow.TotalMilliseconds : 0,
            DedupId = message.DedupId,
            Producer = message.Producer,
            ProducerNumber = source.ProducerSequence,
            Collapse = message.Collapse,
            Subject = message.Subject,
            Headers = message.Headers,
            Body = source.Body.Span,
        };
        context.Emitter.EmitMessage(record, SyncClass.Fsync);
    }

    /// <summary>A UUID of version 7: by time of day, then at random.</summary>
    private Guid NewId()
    {
        var random = context.Random;
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (context.State.Now + context.State.Wall.Shift) << 16);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (random.Next() & 0xFFF)));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], (random.Next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000);
        return new Guid(bytes, bigEndian: true);
    }
}
