using System.Runtime.CompilerServices;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>Before and after the records are read back, and the delivery state that a copied message carries.</summary>
internal sealed partial class ShardCore
{
    public void BeginRecovery() => _replaying = true;

    /// <summary>Brings what came out of order into order. What was handed out is taken back by <see cref="TakeBack()"/>, with records.</summary>
    public void EndRecovery()
    {
        _replaying = false;
        for (var id = 1; id < _queues.Count; id++)
        {
            if (_queues[id] is not { } queue) continue;
            if (!queue.HasName) throw new JournalDamagedException("", 0, 0, $"queue {id} is used but not defined");
            if (queue.Work is { Late: { Count: > 0 } late } work)
            {
                queue.Entries.Merge([.. late.Select(static pair => (pair.Key, pair.Value))]);
                work.Late = null;
                RestoreHints(queue);
            }

            RebuildLanes(queue);
            queue.Work?.Devices?.RemoveAll(static d => d.Name.Length == 0);
            queue.Trim();
        }

        FindFreeIds();
        if (_ackIdLimit < _ackIds.First) _ackIdLimit = _ackIds.First;
        _nextAckId = _ackIdLimit;
        _recovered = 1;
    }

    /// <summary>The queue ids up to which hand-outs of the former run were taken back: of others, and of suspects.</summary>
    private int _recovered;
    private int _recoveredSuspects;

    /// <summary>Whether the former run ended while a suspect was out; null: not looked at.</summary>
    private bool? _endedWithSuspect;

    private readonly AbsentConsumers _absent = new();

    /// <summary>
    /// Ends the hand-outs of the former run. For code of that process its end counts as a failure, except beside a message that is suspected of such an
    /// end already; what others had waits for their return. As these are records like any others, and suspects come last, a crash meanwhile is harmless.
    /// Returns false when there was no room for all and it must be called again.
    /// </summary>
    public bool TakeBack()
    {
        _endedWithSuspect ??= Queues.Any(HasSuspectOut);
        if (!TakeBack(ref _recovered, suspects: false) || !TakeBack(ref _recoveredSuspects, suspects: true)) return false;
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

    private bool TakeBack(ref int next, bool suspects)
    {
        for (; next < _queues.Count; next++)
        {
            if (_queues[next] is not { InFlight: > 0 } queue) continue;
            foreach (var sequence in queue.Work!.Extras.Sequences.Order().ToArray())
            {
                var extra = queue.Extra(sequence);
                if (extra is null || extra.Isolated != suspects || !extra.HasLive) continue;
                if (!Fits(RestateBytes(queue, sequence))) return false;
                EndAttempts(queue, sequence, extra);
            }
        }

        return true;
    }

    private void EndAttempts(QueueState queue, long sequence, MessageExtra extra)
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
            if (outcome == ReturnKind.Crashed) Fail(queue, sequence, extra, attempt, outcome, "the process ended", delay: 0);
            else EmitReturn(queue, sequence, attempt.AckId, outcome, 0, "");
        }
    }

    private void WaitForReturn(QueueState queue, Attempt attempt)
    {
        var consumer = _absent.Of(queue, attempt, out var isNew);
        attempt.Bytes = queue.Find(attempt.Sequence).Size;
        consumer.Add(attempt);
        if (isNew) AwaitReturn(consumer);
    }

    private static void RestoreHints(QueueState queue)
    {
        for (var i = 0; i < queue.Entries.Count; i++)
        {
            ref var entry = ref queue.Entries.At(i);
            if (entry is { State: MessageState.Ready, Priority: > 0, Laned: false }) queue.Busy.Line.Push(queue.Entries.SequenceAt(i), entry.Priority);
        }
    }

    /// <summary>The state that a copy carries; the counterpart of <see cref="RestoreState"/>.</summary>
    private ReadOnlySpan<byte> DescribeState(QueueState queue, long sequence, in Entry entry, long dueAt)
    {
        _scratch.Clear();
        _scratch.Byte((byte)entry.State);
        _scratch.Number(entry.State == MessageState.Retained ? Entry.ExpiryMilliseconds(entry.Expiry) : 0);
        var extra = queue.Extra(sequence);
        _scratch.Number(entry.State == MessageState.Scheduled ? dueAt : 0);
        _scratch.Number(extra?.Failures ?? 0);
        _scratch.Number(extra?.Deliveries ?? 0);
        _scratch.Byte(extra is { Isolated: true } ? (byte)1 : (byte)0);
        DescribeAttempts(extra, _scratch);
        DescribeHistory(extra?.History, _scratch);
        var devices = queue.Work?.Devices;
        _scratch.Number(devices?.Count(d => d.Acked.Contains(sequence)) ?? 0);
        if (devices is not null)
            foreach (var device in devices)
                if (device.Acked.Contains(sequence)) _scratch.Number(device.Index);
        return _scratch.Written;
    }

    private static void DescribeAttempts(MessageExtra? extra, FrameBuilder fields)
    {
        var attempts = new List<Attempt>();
        for (var attempt = extra?.Newest; attempt is not null; attempt = attempt.Older) attempts.Add(attempt);
        attempts.Reverse();
        fields.Number(attempts.Count);
        foreach (var attempt in attempts)
        {
            fields.Number(attempt.AckId);
            fields.Varint(attempt.Token);
            fields.Text(attempt.Owner);
            fields.Byte((byte)((attempt.InProcess ? 1 : 0) | (attempt.Live ? 2 : 0) | (attempt.Settled ? 4 : 0)));
            fields.Number(attempt.Device);
        }
    }

    private static void DescribeHistory(List<MessageExtra.PastAttempt>? history, FrameBuilder fields)
    {
        fields.Number(history?.Count ?? 0);
        if (history is null) return;
        foreach (var past in history)
        {
            fields.Number(past.When);
            fields.Byte((byte)past.Outcome);
            fields.Text(past.Owner);
            fields.Text(past.Error);
        }
    }

    private void RestoreState(QueueState queue, in MessageRecord message)
    {
        ref var entry = ref queue.Find(message.Sequence);
        var reader = new RecordReader(message.State);
        var state = (MessageState)reader.Byte();
        var retainUntil = reader.Number();
        var dueAt = reader.Number();
        Forget(queue, message.Sequence);
        if (entry.State == MessageState.Retained) queue.Bytes += entry.Size;
        var extra = new MessageExtra { Failures = reader.Count(int.MaxValue), Deliveries = reader.Count(int.MaxValue), Isolated = reader.Byte() != 0, DueAt = dueAt };
        RestoreAttempts(queue, message.Sequence, extra, ref reader);
        RestoreHistory(extra, ref reader);
        for (var count = reader.Count(MaxDevices); count > 0; count--)
        {
            var index = reader.Count(int.MaxValue);
            var device = queue.Work?.Devices?.Find(d => d.Index == index);
            if (device is null) (queue.Busy.Devices ??= []).Add(device = new Device(index, "", 0));
            device.Acked.Add(message.Sequence);
        }

        ChangeState(queue, ref entry, MessageState.Ready);
        if (state == MessageState.Retained)
        {
            queue.Bytes -= entry.Size;
            ChangeState(queue, ref entry, state);
            entry.Expiry = Entry.ExpirySeconds(retainUntil);
            ExpireBy(queue, entry.Expiry);
            return;
        }

        var untouched = extra.Deliveries == 0 && state != MessageState.InFlight;
        if (!untouched) queue.Busy.Extras.Set(message.Sequence, extra);
        if (untouched && state == MessageState.Scheduled)
        {
            Place(queue, ref entry, message.Sequence, message.Lane, dueAt);
            return;
        }

        Place(queue, ref entry, message.Sequence, message.Lane, 0);
        if (untouched) return;
        if (entry.Laned) BindLane(queue, extra, message.Lane, message.Sequence);
        if (state == MessageState.InFlight) ChangeState(queue, ref entry, state);
        else BackToLine(queue, ref entry, message.Sequence, extra, dueAt);
    }

    private void Forget(QueueState queue, long sequence)
    {
        if (queue.Work is null || !queue.Work.Extras.Remove(sequence, out var old)) return;
        for (var attempt = old.Newest; attempt is not null; attempt = attempt.Older) _attempts.Remove(attempt.AckId);
    }

    private void RestoreAttempts(QueueState queue, long sequence, MessageExtra extra, ref RecordReader reader)
    {
        for (var count = reader.Count(MessageExtra.MaxAttempts * 16); count > 0; count--)
        {
            var ackId = reader.Count(int.MaxValue);
            var token = reader.Varint();
            var owner = reader.Text();
            var flags = reader.Byte();
            var attempt = new Attempt(queue, sequence, ackId, token, owner, (flags & 1) != 0, reader.Count(int.MaxValue))
            {
                Live = (flags & 2) != 0,
                Settled = (flags & 4) != 0,
                Older = extra.Newest,
            };
            extra.Newest = attempt;
            _attempts[ackId] = attempt;
        }
    }

    private static void RestoreHistory(MessageExtra extra, ref RecordReader reader)
    {
        for (var count = reader.Count(MessageExtra.MaxHistory); count > 0; count--)
            extra.Remember(new MessageExtra.PastAttempt(reader.Number(), (ReturnKind)reader.Byte(), reader.Text(), reader.Text()));
    }
}
