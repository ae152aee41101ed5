using System.Text;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Hands ready messages to consumers with credit.</summary>
/// <remarks>
/// Only queues that are marked are looked at. Where each message goes to one consumer, two hints say what may be next: the line of messages
/// without a key, and the list of lanes whose head may be ready; the older of the two goes, unless the other has a priority. Where every
/// consumer gets every message, each of them has a line of its own. What a hint says is looked up in the entry before anything is emitted,
/// so hints may be wrong but never missing.
/// </remarks>
internal sealed class Delivering(RuleContext context, AckIdSupply ackIds, Expiring expiring, FlowControl flow)
{
    /// <summary>Milliseconds after which a suspect is looked at again that had to wait for another.</summary>
    private const long SuspectDelay = 200;

    /// <summary>How long a message whose bytes could not be read waits before the next try.</summary>
    private const long UnreadableDelay = 60_000;

    private readonly RecordEmitter _emitter = context.Emitter;
    private readonly VolatileState _volatile = context.Volatile;

    /// <summary>Delivers what can be delivered, as far as the frame has room.</summary>
    public void Pump(int limit)
    {
        foreach (var queue in _volatile.BeginVisits())
        {
            queue.Dirty = false;
            if (_emitter.BodyBytes < limit && Pump(queue, limit)) continue;
            _volatile.MarkDirty(queue);
        }

        _volatile.EndVisits();
    }

    /// <summary>
    /// A message that failed as often as it may goes to a consumer that has nothing else, so that bystanders are not counted with it.
    /// </summary>
    public bool MustWait(QueueState queue, long sequence, ConsumerState consumer) =>
        consumer.Out.Count > 0 && queue.Extra(sequence) is { } extra && IsAlone(queue, extra);

    public bool IsAlone(QueueState queue, MessageExtra extra) =>
        extra.Isolated || (extra.Failures > 0 && extra.Failures >= context.Queues.OptionsOf(queue).MaxFailures);

    /// <summary>
    /// Of the messages suspected of having ended the process one at a time is out in it: should it end again, that was the one.
    /// </summary>
    public bool MustPutOff(QueueState queue, long sequence, ConsumerState consumer) =>
        _volatile.Suspect is { Live: true } && !consumer.Options.Remote && queue.Extra(sequence) is { Isolated: true };

    public void HandOut(QueueState queue, ConsumerState consumer, long sequence, Lane? lane)
    {
        ref var entry = ref queue.Find(sequence);
        if (entry.Expiry != 0 && Entry.ExpiryMilliseconds(entry.Expiry) <= context.State.Now && entry.State == MessageState.Ready)
        {
            EndUndelivered(queue, sequence, lane);
            return;
        }

        if (!context.Reader.TryRead(queue, sequence, out var message, out var bytes))
        {
            context.Time.PutOffUnreadable(queue, sequence, lane, context.State.Now + UnreadableDelay);
            return;
        }

        if (IsOver(in entry, in message) && entry.State == MessageState.Ready)
        {
            EndUndelivered(queue, sequence, lane);
            return;
        }

        // Copied before the Deliver record is written, which may move what the bytes lie in.
        var (record, bodyBytes, hasHeaders, size) = (bytes.ToArray(), message.Body.Length, message.Has(MessageFlags.Headers), entry.Size);
        EmitDeliver(queue, sequence, consumer, lane);
        var extra = queue.Extra(sequence)!;
        var attempt = extra.Newest!;
        attempt.Bytes = size;
        consumer.Add(attempt);
        attempt.StartedAt = _volatile.Monotonic;
        consumer.Alone = IsAlone(queue, extra);
        if (extra.Isolated && attempt.InProcess) _volatile.Suspect = attempt;
        _volatile.Leases.Start(attempt, AckTimeoutOf(consumer, queue), _volatile.Monotonic);
        context.Notices.HandOuts.Add(new HandOut(consumer, attempt, record, bodyBytes, hasHeaders, extra.Deliveries, extra.Failures));
        queue.Work!.Volatile.Flow?.Delivered();
        context.Counters.Delivered++;
        if (extra.Deliveries > 1) context.Counters.Redelivered++;
    }

    /// <summary>Milliseconds.</summary>
    public long AckTimeoutOf(ConsumerState consumer, QueueState queue) =>
        (long)(consumer.Options.AckTimeout ?? context.Queues.OptionsOf(queue).AckTimeout).TotalMilliseconds;

    /// <summary>False if it stopped for want of room.</summary>
    private bool Pump(QueueState queue, int limit)
    {
        if (queue.Paused || queue.Work is not { } work) return true;
        var own = work.Volatile.Consumers.Count > 0 && work.Volatile.Consumers[0].HasOwnLine;
        return own ? PumpToEach(queue, work, limit) : PumpShared(queue, work, limit);
    }

    private bool PumpToEach(QueueState queue, QueueWork work, int limit)
    {
        for (var i = 0; i < work.Volatile.Consumers.Count; i++)
        {
            var consumer = work.Volatile.Consumers[i];
            while (consumer.HasCredit)
            {
                if (_emitter.BodyBytes >= limit) return false;
                var sequence = consumer.OwnLine.Peek(queue, consumer);
                if (sequence == 0) AddCaughtUp(consumer);
                if (sequence == 0 || MustWait(queue, sequence, consumer) || !flow.MayHandOut(queue, sequence)) break;
                if (!_emitter.Fits(RoomNeeds.ToRestate(queue, sequence))) return false;
                HandOut(queue, consumer, sequence, null);
                consumer.OwnLine.MovePast(sequence);
            }
        }

        return true;
    }

    private bool PumpShared(QueueState queue, QueueWork work, int limit)
    {
        while (PickConsumer(queue, work, out var place) is { } consumer)
        {
            if (_emitter.BodyBytes >= limit) return false;
            var lane = Lanes.PeekReady(queue);
            var sequence = work.Volatile.Line.Peek(queue, null);
            if (lane is not null && (sequence == 0 || (lane.Head < sequence && queue.Find(sequence).Priority == 0))) sequence = lane.Head;
            else lane = null;
            if (sequence == 0)
            {
                AddCaughtUp(consumer);
                return true;
            }

            var putOff = MustPutOff(queue, sequence, consumer);
            if (!putOff && (MustWait(queue, sequence, consumer) || !flow.MayHandOut(queue, sequence))) return true;
            if (!_emitter.Fits(RoomNeeds.ToRestate(queue, sequence))) return false;
            if (lane is not null) Lanes.TakeReady(queue, lane);
            if (putOff) context.Time.PutOff(queue, sequence, context.State.Now + SuspectDelay);
            else HandOut(queue, consumer, sequence, lane);
            work.Volatile.NextConsumer = place + 1;
            if (lane is null) work.Volatile.Line.MovePast(sequence);
        }

        return true;
    }

    private void AddCaughtUp(ConsumerState consumer)
    {
        if (consumer.CaughtUp) return;
        consumer.CaughtUp = true;
        context.Notices.CaughtUp.Add(consumer.Sink);
    }

    /// <summary>
    /// The consumer with the fewest messages out, so that no one waits behind a slow one, and of several the one that is next; null if none
    /// has credit.
    /// </summary>
    private ConsumerState? PickConsumer(QueueState queue, QueueWork work, out int place)
    {
        ref var consumers = ref work.Volatile.Consumers;
        place = 0;
        if (consumers.Count == 1) return consumers[0].HasCredit ? consumers[0] : null;
        ConsumerState? best = null;
        var count = consumers.Count;
        var single = context.Queues.OptionsOf(queue).Fanout == Fanout.ActiveDevice;
        var next = work.Volatile.NextConsumer < count ? work.Volatile.NextConsumer : 0;
        for (var i = 0; i < count; i++, next = next + 1 == count ? 0 : next + 1)
        {
            var consumer = consumers[next];
            var isBetter = single
                ? best is null || (consumer.Options.Priority, consumer.Order).CompareTo((best.Options.Priority, best.Order)) > 0
                : consumer.HasCredit && (best is null || consumer.Out.Count < best.Out.Count);
            if (isBetter) (best, place) = (consumer, next);
        }

        return best is { HasCredit: true } ? best : null;
    }

    /// <summary>The time of one that waited for the wall clock is in the entry, unless it was sought since.</summary>
    private bool IsOver(in Entry entry, in MessageRecord message)
    {
        if (message.ExpiresAt == 0) return false;
        return message.Has(MessageFlags.ByWallClock)
            ? entry.Expiry == 0 && message.ExpiresAt <= context.State.Wall.Now
            : message.ExpiresAt <= context.State.Now;
    }

    private void EndUndelivered(QueueState queue, long sequence, Lane? lane)
    {
        expiring.Expire(queue, sequence);
        if (lane is not null && lane.Head == sequence) Lanes.Advance(queue, lane);
    }

    private void EmitDeliver(QueueState queue, long sequence, ConsumerState consumer, Lane? lane)
    {
        Span<byte> owner = stackalloc byte[SubscriptionOptions.MaxOwnerBytes];
        _volatile.Recipient = consumer.Options.Owner ?? "";
        var record = new DeliverRecord
        {
            Queue = queue.Id,
            Sequence = sequence,
            AckId = ackIds.Take(),
            InProcess = !consumer.Options.Remote,
            Owner = owner[..Encoding.UTF8.GetBytes(_volatile.Recipient, owner)],
            Device = consumer.Device?.Index ?? 0,
            Lane = lane?.Hash,
        };
        _emitter.Emit(record, SyncClass.Written);
    }
}
