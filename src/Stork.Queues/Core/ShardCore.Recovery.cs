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
        var extra = queue.Extra(sequence);
        _scratch.Clear();
        new DeliveryState
        {
            State = entry.State,
            RetainUntil = entry.State == MessageState.Retained ? Entry.ExpiryMilliseconds(entry.Expiry) : 0,
            DueAt = entry.State == MessageState.Scheduled ? dueAt : 0,
            Failures = extra?.Failures ?? 0,
            Deliveries = extra?.Deliveries ?? 0,
            Isolated = extra is { Isolated: true },
            Attempts = extra?.DescribeAttempts() ?? [],
            History = extra?.History,
            AckedBy = queue.Work?.Devices is { } devices ? [.. devices.Where(d => d.Acked.Contains(sequence)).Select(static d => d.Index)] : [],
        }.Write(_scratch);
        return _scratch.Written;
    }

    private void RestoreState(QueueState queue, in MessageRecord message)
    {
        ref var entry = ref queue.Find(message.Sequence);
        var copied = DeliveryState.Read(message.State);
        var (state, retainUntil, dueAt) = (copied.State, copied.RetainUntil, copied.DueAt);
        Forget(queue, message.Sequence);
        if (entry.State == MessageState.Retained) queue.Bytes += entry.Size;
        var extra = new MessageExtra
        {
            Failures = copied.Failures,
            Deliveries = copied.Deliveries,
            Isolated = copied.Isolated,
            DueAt = dueAt,
            History = copied.History,
        };
        RestoreAttempts(queue, message.Sequence, extra, copied.Attempts);
        foreach (var index in copied.AckedBy)
        {
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

    private void RestoreAttempts(QueueState queue, long sequence, MessageExtra extra, KnownAttempt[] attempts)
    {
        foreach (var known in attempts)
        {
            var attempt = new Attempt(queue, sequence, known.AckId, known.Token, known.Owner, known.InProcess, known.Device)
            {
                Live = known.Live,
                Settled = known.Settled,
                Older = extra.Newest,
            };
            extra.Newest = attempt;
            _attempts[known.AckId] = attempt;
        }
    }
}
