using System.Runtime.CompilerServices;
using System.Text;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>Hands ready messages to consumers with credit.</summary>
internal sealed partial class ShardCore
{
    private readonly List<QueueState> _dirty = [];
    private readonly List<QueueState> _pumping = [];

    /// <summary>Milliseconds after which a suspect is looked at again that had to wait for another.</summary>
    private const long SuspectDelay = 200;

    /// <summary>The suspect that code of this process had last.</summary>
    private Attempt? _suspect;

    /// <summary>Whether queues wait for room in a frame.</summary>
    public bool HasDirty => _dirty.Count > 0;

    /// <summary>Nothing is handed out any more, to anybody, until the end of this run.</summary>
    public void StopDeliveries()
    {
        _stopped = true;
        foreach (var queue in _dirty) queue.Dirty = false;
        _dirty.Clear();
    }

    private bool _stopped;

    private void MarkDirty(QueueState queue)
    {
        if (_stopped || queue.Dirty || queue.Work is not { Consumers.Count: > 0 }) return;
        queue.Dirty = true;
        _dirty.Add(queue);
    }

    /// <summary>Delivers what can be delivered, as far as the frame has room.</summary>
    public void Pump(int limit)
    {
        _pumping.AddRange(_dirty);
        _dirty.Clear();
        foreach (var queue in _pumping)
        {
            queue.Dirty = false;
            if (_frame.BodyBytes < limit && Pump(queue, limit)) continue;
            MarkDirty(queue);
        }

        _pumping.Clear();
    }

    /// <summary>False if it stopped for want of room.</summary>
    private bool Pump(QueueState queue, int limit)
    {
        if (queue.Paused || queue.Work is not { } work) return true;
        var own = work.Consumers.Count > 0 && work.Consumers[0].HasOwnLine;
        if (!own) return PumpShared(queue, work, limit);
        for (var i = 0; i < work.Consumers.Count; i++)
        {
            var consumer = work.Consumers[i];
            while (consumer.HasCredit)
            {
                if (_frame.BodyBytes >= limit) return false;
                var sequence = consumer.OwnLine.Peek(queue, consumer);
                if (sequence == 0) NoteCaughtUp(consumer);
                if (sequence == 0 || MustWait(queue, sequence, consumer) || !MayHandOut(queue, sequence)) break;
                if (!Fits(RestateBytes(queue, sequence))) return false;
                HandOut(queue, consumer, sequence, null);
                consumer.OwnLine.Take(sequence);
            }
        }

        return true;
    }

    private bool PumpShared(QueueState queue, QueueWork work, int limit)
    {
        while (PickConsumer(queue, work, out var place) is { } consumer)
        {
            if (_frame.BodyBytes >= limit) return false;
            var lane = PeekLane(queue);
            var sequence = work.Line.Peek(queue, null);
            if (lane is not null && (sequence == 0 || (lane.Head < sequence && queue.Find(sequence).Priority == 0))) sequence = lane.Head;
            else lane = null;
            if (sequence == 0) NoteCaughtUp(consumer);
            var putOff = sequence != 0 && MustPutOff(queue, sequence, consumer);
            if (sequence == 0 || (!putOff && (MustWait(queue, sequence, consumer) || !MayHandOut(queue, sequence)))) return true;
            if (!Fits(RestateBytes(queue, sequence))) return false;
            if (lane is not null) TakeLane(queue, lane);
            if (putOff) PutOff(queue, sequence);
            else HandOut(queue, consumer, sequence, lane);
            work.Turn = place + 1;
            if (lane is null) work.Line.Take(sequence);
        }

        return true;
    }

    private void NoteCaughtUp(ConsumerState consumer)
    {
        if (consumer.CaughtUp) return;
        consumer.CaughtUp = true;
        CaughtUp.Add(consumer.Sink);
    }

    /// <summary>
    /// The consumer with the fewest messages out, so that no one waits behind a slow one, and of several the one whose turn it is; null if none has credit.
    /// </summary>
    private ConsumerState? PickConsumer(QueueState queue, QueueWork work, out int place)
    {
        ConsumerState? best = null;
        place = 0;
        var count = work.Consumers.Count;
        var single = OptionsOf(queue).Fanout == Fanout.ActiveDevice;
        var next = work.Turn < count ? work.Turn : 0;
        for (var i = 0; i < count; i++, next = next + 1 == count ? 0 : next + 1)
        {
            var consumer = work.Consumers[next];
            var isBetter = single
                ? best is null || (consumer.Options.Priority, consumer.Order).CompareTo((best.Options.Priority, best.Order)) > 0
                : consumer.HasCredit && (best is null || consumer.Out.Count < best.Out.Count);
            if (isBetter) (best, place) = (consumer, next);
        }

        return best is { HasCredit: true } ? best : null;
    }

    /// <summary>A message that failed as often as it may goes to a consumer that has nothing else, so that bystanders are not counted with it.</summary>
    private bool MustWait(QueueState queue, long sequence, ConsumerState consumer) =>
        consumer.Out.Count > 0 && queue.Extra(sequence) is { } extra && IsAlone(queue, extra);

    private bool IsAlone(QueueState queue, MessageExtra extra) =>
        extra.Isolated || (extra.Failures > 0 && extra.Failures >= OptionsOf(queue).MaxFailures);

    /// <summary>Of the messages suspected of having ended the process one at a time is out in it: should it end again, that was the one.</summary>
    private bool MustPutOff(QueueState queue, long sequence, ConsumerState consumer) =>
        _suspect is { Live: true } && !consumer.Options.Remote && queue.Extra(sequence) is { Isolated: true };

    /// <summary>Others of its queue may go meanwhile, but none of its key.</summary>
    private void PutOff(QueueState queue, long sequence) =>
        BackToLine(queue, ref queue.Find(sequence), sequence, queue.Extra(sequence)!, Now + SuspectDelay);

    private void HandOut(QueueState queue, ConsumerState consumer, long sequence, Lane? lane)
    {
        ref var entry = ref queue.Find(sequence);
        if (entry.Expiry != 0 && Entry.ExpiryMilliseconds(entry.Expiry) <= Now && entry.State == MessageState.Ready)
        {
            EndUndelivered(queue, sequence, lane);
            return;
        }

        if (!TryRead(queue, sequence, out var message, out var record))
        {
            WriteOnce(queue);
            ChangeState(queue, ref entry, MessageState.Scheduled);
            _due.Enqueue(new DueMessage(queue, sequence, lane?.Hash ?? 0), Now + UnreadableDelay);
            lane?.Advance();
            if (lane is { Head: not 0 }) QueueLane(queue, lane);
            return;
        }

        if (IsOver(in entry, in message) && entry.State == MessageState.Ready)
        {
            EndUndelivered(queue, sequence, lane);
            return;
        }

        // Copied before the Deliver record is written, which may move the buffer that the message is read from.
        var (copy, bodyBytes, hasHeaders) = (record.ToArray(), message.Body.Length, message.Has(MessageFlags.Headers));
        var bytes = entry.Size;
        EmitDeliver(queue, sequence, consumer, lane);
        var extra = queue.Extra(sequence)!;
        var attempt = extra.Newest!;
        attempt.Bytes = bytes;
        consumer.Add(attempt);
        attempt.StartedAt = Monotonic;
        consumer.Alone = IsAlone(queue, extra);
        if (extra.Isolated && attempt.InProcess) _suspect = attempt;
        Lease(attempt, (long)(consumer.Options.AckTimeout ?? OptionsOf(queue).AckTimeout).TotalMilliseconds);
        HandOuts.Add(new HandOut(consumer, copy, bodyBytes, hasHeaders, attempt, extra.Deliveries, extra.Failures));
        queue.Work!.Flow?.Delivered();
        Counters.Delivered++;
        if (extra.Deliveries > 1) Counters.Redelivered++;
    }

    /// <summary>The time of one that waited for the wall clock is in the entry, unless it was sought since.</summary>
    private bool IsOver(in Entry entry, in MessageRecord message)
    {
        if (message.ExpiresAt == 0) return false;
        return message.Has(MessageFlags.ByWallClock) ? entry.Expiry == 0 && message.ExpiresAt <= Wall.Now : message.ExpiresAt <= Now;
    }

    private void EndUndelivered(QueueState queue, long sequence, Lane? lane)
    {
        Expire(queue, sequence);
        if (lane is not null && lane.Head == sequence) AdvanceLane(queue, lane);
    }

    internal static string? TextOrNull(ReadOnlySpan<byte> text) => text.IsEmpty ? null : Encoding.UTF8.GetString(text);

    private void EmitDeliver(QueueState queue, long sequence, ConsumerState consumer, Lane? lane)
    {
        var ackId = TakeAckId();
        var owner = consumer.Options.Owner ?? "";
        Emit(
            new DeliverRecord
            {
                Queue = queue.Id,
                Sequence = sequence,
                AckId = ackId,
                InProcess = !consumer.Options.Remote,
                Owner = owner,
                Device = consumer.Device?.Index ?? 0,
                Lane = lane?.Hash,
            },
            SyncClass.Written);
    }

    /// <summary>An id that no delivery of this or an earlier run of the store can have, except after 2^31 of them.</summary>
    private int TakeAckId()
    {
        while (true)
        {
            if (_nextAckId >= _ackIdLimit) ReserveAckIds();
            var id = _nextAckId++;
            if (!_attempts.ContainsKey(id)) return id;
        }
    }

    /// <summary>Consecutive ids for others to number their own acknowledgements with: deliveries never get them, nor do later runs.</summary>
    public int TakeAckIds(int count)
    {
        while (true)
        {
            if (_ackIdLimit - _nextAckId < count) ReserveAckIds();
            var first = _nextAckId;
            _nextAckId += count;
            var free = true;
            for (var id = first; free && id < _nextAckId; id++) free = !_attempts.ContainsKey(id);
            if (free) return first;
        }
    }

    private void ReserveAckIds()
    {
        if (_ackIdLimit > _ackIds.Last - _ackIds.Block) _nextAckId = _ackIdLimit = _ackIds.First;
        EmitAckIds(_ackIdLimit + _ackIds.Block);
    }

    private void EmitAckIds(int limit) => Emit(new AckIdsRecord(limit), SyncClass.Fsync);
}
