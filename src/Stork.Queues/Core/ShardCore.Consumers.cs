using Stork.Queues.Records;
using System.Runtime.CompilerServices;

namespace Stork.Queues.Core;

/// <summary>Consumers come, lose their connection, come back, and go.</summary>
internal sealed partial class ShardCore
{
    /// <summary>Consumers a queue may have at once where every one gets every message.</summary>
    public const int MaxFanoutConsumers = 64;

    /// <summary>Consumers a queue may have at once.</summary>
    public const int MaxConsumers = 10_000;

    /// <summary>Messages a consumer may have out at once.</summary>
    public const int MaxInFlightCap = 2000;

    private const int InboxInFlight = 32;

    /// <summary>Room for a Deliver record, and for the reservation of ack ids that it may need.</summary>
    private const int DeliverBytes = 512;

    private readonly List<long> _comingBack = [];

    private long _consumerOrder;

    public ConsumerState Subscribe(QueueAddress address, SubscriptionOptions options, IDeliverySink sink)
    {
        // A queue that cannot have options is refused before its first record.
        if (Find(address) is null) OptionsFor(address.Kind, address.Name);
        var queue = GetOrDefine(address);
        var queueOptions = OptionsOf(queue);
        var fanned = queueOptions.Fanout is Fanout.FirstAck or Fanout.PerDevice;
        if (queue.Busy.Consumers.Count >= (fanned ? MaxFanoutConsumers : MaxConsumers))
            throw new QueueException(QueueErrorCode.QueueFull, fanned
                ? $"'{address.Name}' has {MaxFanoutConsumers} consumers, the limit where every one gets every message."
                : $"'{address.Name}' has {MaxConsumers} consumers, the limit of a queue.");
        Device? device = null;
        if (queueOptions.Fanout == Fanout.PerDevice && options.Device is not null)
            device = Register(queue, options.Device, options.DeviceStart);

        var consumer = new ConsumerState(queue, options, sink, ++_consumerOrder)
        {
            QueueName = address.Name,
            HasOwnLine = fanned,
            Device = device,
            MaxInFlight = Math.Clamp(options.MaxInFlight ?? (queue.Kind == QueueKind.Inbox ? InboxInFlight : 1), 1, MaxInFlightCap),
        };
        queue.Busy.Consumers.Add(consumer);
        NoteActivity(queue, device);
        TakePace(consumer);
        TakeOver(queue, consumer);
        MarkDirty(queue);
        return consumer;
    }

    /// <summary>
    /// What the same owner had before it lost its connection: deliveries known to have arrived stay out, the others are sent anew with new
    /// ack ids.
    /// </summary>
    private void TakeOver(QueueState queue, ConsumerState consumer)
    {
        if (consumer.Options.Owner is not { Length: > 0 } owner || queue.Work!.Detached is not { } detached) return;
        _comingBack.Clear();
        foreach (var former in detached.FindAll(c => c.Options.Owner == owner && c.Device == consumer.Device))
        {
            detached.Remove(former);
            former.Closed = true;
            foreach (var attempt in former.Out.InOrder())
            {
                if (attempt.Token > consumer.Options.ReceivedUpTo)
                {
                    EndLost(queue, attempt, Suspicion.Judge(former, attempt, ReturnKind.Superseded));
                    _comingBack.Add(attempt.Sequence);
                    continue;
                }

                former.Remove(attempt);
                consumer.Add(attempt);
                consumer.Alone |= queue.Extra(attempt.Sequence) is { } extra && IsAlone(queue, extra);
                Lease(attempt, (long)(consumer.Options.AckTimeout ?? OptionsOf(queue).AckTimeout).TotalMilliseconds);
            }
        }

        // Where everyone gets every message it comes from the consumer's own line, in its order.
        if (!consumer.HasOwnLine) HandBack(queue, consumer);
    }

    /// <summary>What it had comes to it again, although others may have less to do. What it has no room for now is anybody's.</summary>
    private void HandBack(QueueState queue, ConsumerState consumer)
    {
        if (queue.Paused || _stopped || OptionsOf(queue).Fanout == Fanout.ActiveDevice) return;
        foreach (var sequence in _comingBack)
        {
            // What expired meanwhile may have to go to the dead letters. Pump waits for the room.
            if (!consumer.HasCredit || _frame.Room < Math.Max(DeliverBytes, RestateBytes(queue, sequence))) return;
            ref var entry = ref queue.Find(sequence);
            if (Unsafe.IsNullRef(ref entry) || entry.State != MessageState.Ready) continue;
            if (MustPutOff(queue, sequence, consumer) || MustWait(queue, sequence, consumer) || !MayHandOut(queue, sequence)) continue;
            HandOut(queue, consumer, sequence, queue.Extra(sequence)?.Lane);
        }
    }

    private void EndLost(QueueState queue, Attempt attempt, ReturnKind how)
    {
        if (how == ReturnKind.Refused)
            Fail(queue, attempt.Sequence, queue.Extra(attempt.Sequence)!, attempt, how, "the client ended the connection when it got this", null);
        else EmitReturn(queue, attempt.Sequence, attempt.AckId, how, 0, "");
    }

    /// <summary>Room that taking over or giving back what a consumer has may need.</summary>
    public static int HeldBytes(ConsumerState consumer)
    {
        var count = consumer.Out.Count;
        var bytes = 2048 + (count * 64) + (count > 0 ? MessageOverhead : 0);
        if (!consumer.Alone) return bytes;

        // Suspects may have to go to the dead letters.
        for (var attempt = consumer.Out.Newest; attempt is not null; attempt = attempt.OlderOut)
            if (attempt.Queue.Extra(attempt.Sequence) is { Isolated: true }) bytes += RestateBytes(attempt.Queue, attempt.Sequence);
        return bytes;
    }

    public int SubscribeBytes(QueueAddress address, string? owner)
    {
        var bytes = 4096 + (address.Name.Length * 3);
        if (owner is not { Length: > 0 } || Find(address)?.Work?.Detached is not { } detached) return bytes;
        foreach (var former in detached)
            if (former.Options.Owner == owner) bytes += HeldBytes(former);
        return bytes;
    }

    /// <summary>The consumer is done: what it has goes back, uncounted, and may go to others at once.</summary>
    public void Unsubscribe(ConsumerState consumer)
    {
        if (consumer.Closed) return;
        consumer.Closed = true;
        var queue = consumer.Queue;
        queue.Work?.Consumers.Remove(consumer);
        queue.Work?.Detached?.Remove(consumer);
        NoteReleased(consumer, consumer.Out.Count);
        foreach (var attempt in consumer.Out.InOrder()) EmitReturn(queue, attempt.Sequence, attempt.AckId, ReturnKind.Released, 0, "");
        consumer.GraceEnd = 0;
        NoteActivity(queue, consumer.Device);
        MarkDirty(queue);
        queue.Trim();
    }

    /// <summary>No more for now, and no lease ends: the consumer is there, but what it has cannot reach it.</summary>
    public static void Suspend(ConsumerState consumer)
    {
        if (consumer.Suspended || consumer.Closed || consumer.GraceEnd != 0) return;
        consumer.Suspended = true;
        for (var attempt = consumer.Out.Newest; attempt is not null; attempt = attempt.OlderOut) LeaseList.Remove(attempt);
    }

    public void Resume(ConsumerState consumer)
    {
        if (!consumer.Suspended || consumer.Closed || consumer.GraceEnd != 0) return;
        consumer.Suspended = false;
        var duration = (long)(consumer.Options.AckTimeout ?? OptionsOf(consumer.Queue).AckTimeout).TotalMilliseconds;
        foreach (var attempt in consumer.Out.InOrder()) Lease(attempt, duration);
        MarkDirty(consumer.Queue);
    }

    /// <summary>The consumer's connection is gone: its leases stand still until it returns or the grace ends.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="how">How the connection ended.</param>
    public void Detach(ConsumerState consumer, Departure how)
    {
        if (consumer.Closed || consumer.GraceEnd != 0) return;
        if (Suspicion.IsCast(consumer, how)) consumer.LeftAt = Monotonic;
        var queue = consumer.Queue;
        queue.Busy.Consumers.Remove(consumer);
        for (var attempt = consumer.Out.Newest; attempt is not null; attempt = attempt.OlderOut) LeaseList.Remove(attempt);
        consumer.LossCounted |= how == Departure.Stopped;
        AwaitReturn(consumer);
        NoteActivity(queue, consumer.Device);
        MarkDirty(queue);
    }

    private void AwaitReturn(ConsumerState consumer)
    {
        (consumer.Queue.Busy.Detached ??= []).Add(consumer);
        consumer.GraceEnd = Math.Max(1, Monotonic + (long)OptionsOf(consumer.Queue).DisconnectGrace.TotalMilliseconds);
        _graces.Enqueue(consumer, consumer.GraceEnd);
    }

    /// <summary>
    /// The grace is over. Of a work queue, the oldest message may be why the consumer went, and counts as failed. False: no room.
    /// </summary>
    private bool GiveBackLost(ConsumerState consumer)
    {
        if (consumer.Closed) return true;
        var queue = consumer.Queue;
        foreach (var attempt in consumer.Out.InOrder())
        {
            if (!Fits(RestateBytes(queue, attempt.Sequence))) return false;
            if (queue.Kind == QueueKind.Work && !consumer.LossCounted)
                Fail(
                    queue, attempt.Sequence, queue.Extra(attempt.Sequence)!, attempt, ReturnKind.LostOldest, "the connection was lost",
                    null);
            else EndLost(queue, attempt, Suspicion.Judge(consumer, attempt, ReturnKind.Lost));
            consumer.LossCounted = true;
        }

        consumer.Closed = true;
        queue.Work?.Detached?.Remove(consumer);
        queue.Trim();
        return true;
    }

    /// <summary>Tells every consumer that nothing more will come.</summary>
    public void CloseSinks(Exception? failure)
    {
        foreach (var queue in Queues)
        {
            if (queue.Work is not { } work) continue;
            for (var i = 0; i < work.Consumers.Count; i++) work.Consumers[i].Sink.Close(failure);
        }
    }
}
