using System.Runtime.CompilerServices;
using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Consumers come, pause, and go; one that lost its connection and comes back finds what it had.</summary>
internal sealed class Subscribing(
    RuleContext context, Ending ending, Failing failing, Delivering delivering, FlowControl flow, ReleasePacing pacing,
    Registering registering, RemovingIdle idle)
{
    /// <summary>Consumers a queue may have at once where every one gets every message.</summary>
    public const int MaxFanoutConsumers = 64;

    /// <summary>Consumers a queue may have at once.</summary>
    public const int MaxConsumers = 10_000;

    private const int InboxInFlight = 32;

    private readonly List<long> _comingBack = [];
    private long _consumerOrder;

    /// <summary>Room that <see cref="Subscribe"/> may need.</summary>
    public int BytesFor(QueueAddress address, string? owner)
    {
        var bytes = 4096 + (address.Name.Length * 3);
        if (owner is not { Length: > 0 } || context.State.Find(address)?.Work?.Volatile.Detached is not { } detached) return bytes;
        foreach (var former in detached)
            if (former.Options.Owner == owner) bytes += RoomNeeds.ToGiveBack(former);
        return bytes;
    }

    public ConsumerState Subscribe(QueueAddress address, SubscriptionOptions options, IDeliverySink sink)
    {
        // A queue that cannot have options is refused before its first record.
        if (context.State.Find(address) is null) context.Queues.OptionsFor(address.Kind, address.Name);
        var queue = context.Queues.GetOrDefine(address);
        var queueOptions = context.Queues.OptionsOf(queue);
        var fanned = queueOptions.Fanout is Fanout.FirstAck or Fanout.PerDevice;
        if (queue.Busy.Volatile.Consumers.Count >= (fanned ? MaxFanoutConsumers : MaxConsumers))
            throw new QueueException(QueueErrorCode.QueueFull, fanned
                ? $"'{address.Name}' has {MaxFanoutConsumers} consumers, the limit where every one gets every message."
                : $"'{address.Name}' has {MaxConsumers} consumers, the limit of a queue.");
        Device? device = null;
        if (queueOptions.Fanout == Fanout.PerDevice && options.Device is not null)
            device = registering.Register(queue, options.Device, options.DeviceStart);

        var usual = queue.Kind == QueueKind.Inbox ? InboxInFlight : 1;
        var consumer = new ConsumerState(queue, options, sink, ++_consumerOrder)
        {
            QueueName = address.Name,
            HasOwnLine = fanned,
            Device = device,
            MaxInFlight = Math.Clamp(options.MaxInFlight ?? usual, 1, SubscriptionOptions.MaxInFlightCap),
        };
        queue.Busy.Volatile.Consumers.Add(consumer);
        idle.RecordActivity(queue, device);
        pacing.RestorePace(consumer);
        TakeOver(queue, consumer);
        context.Volatile.MarkDirty(queue);
        return consumer;
    }

    /// <summary>The consumer is done: what it has goes back, uncounted, and may go to others at once.</summary>
    public void Unsubscribe(ConsumerState consumer)
    {
        if (consumer.Closed) return;
        consumer.Closed = true;
        var queue = consumer.Queue;
        if (queue.Work is { } work)
        {
            work.Volatile.Consumers.Remove(consumer);
            work.Volatile.Detached?.Remove(consumer);
        }

        pacing.CountReleases(consumer, consumer.Out.Count);
        foreach (var attempt in consumer.Out.InOrder()) ending.Return(queue, attempt, ReturnKind.Released);
        consumer.GraceEnd = 0;
        idle.RecordActivity(queue, consumer.Device);
        context.Volatile.MarkDirty(queue);
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
        foreach (var attempt in consumer.Out.InOrder()) StartLease(consumer, attempt);
        context.Volatile.MarkDirty(consumer.Queue);
    }

    /// <summary>Tells every consumer that nothing more will come.</summary>
    public void CloseAll(Exception? failure)
    {
        foreach (var queue in context.State.Queues)
        {
            if (queue.Work is not { } work) continue;
            for (var i = 0; i < work.Volatile.Consumers.Count; i++) work.Volatile.Consumers[i].Sink.Close(failure);
        }
    }

    /// <summary>
    /// What the same owner had before it lost its connection: deliveries known to have arrived stay out, the others are sent anew with new
    /// ack ids.
    /// </summary>
    private void TakeOver(QueueState queue, ConsumerState consumer)
    {
        if (consumer.Options.Owner is not { Length: > 0 } owner || queue.Work!.Volatile.Detached is not { } detached) return;
        _comingBack.Clear();
        foreach (var former in detached.FindAll(c => c.Options.Owner == owner && c.Device == consumer.Device))
        {
            detached.Remove(former);
            former.Closed = true;
            foreach (var attempt in former.Out.InOrder())
            {
                if (attempt.Token > consumer.Options.ReceivedUpTo)
                {
                    failing.EndLost(attempt, Suspicion.Judge(former, attempt, ReturnKind.Superseded));
                    _comingBack.Add(attempt.Sequence);
                    continue;
                }

                former.Remove(attempt);
                consumer.Add(attempt);
                consumer.Alone |= queue.Extra(attempt.Sequence) is { } extra && delivering.IsAlone(queue, extra);
                StartLease(consumer, attempt);
            }
        }

        // Where everyone gets every message it comes from the consumer's own line, in its order.
        if (!consumer.HasOwnLine) HandBack(queue, consumer);
    }

    /// <summary>What it had comes to it again, although others may have less to do. What it has no room for now is anybody's.</summary>
    private void HandBack(QueueState queue, ConsumerState consumer)
    {
        if (queue.Paused || context.Volatile.IsStopped || context.Queues.OptionsOf(queue).Fanout == Fanout.ActiveDevice) return;
        foreach (var sequence in _comingBack)
        {
            // What expired meanwhile may have to go to the dead letters. Pump waits for the room.
            var room = Math.Max(RoomNeeds.Deliver, RoomNeeds.ToRestate(queue, sequence));
            if (!consumer.HasCredit || context.Emitter.Room < room) return;
            ref var entry = ref queue.Find(sequence);
            if (Unsafe.IsNullRef(ref entry) || entry.State != MessageState.Ready) continue;
            if (delivering.MustPutOff(queue, sequence, consumer) || delivering.MustWait(queue, sequence, consumer)) continue;
            if (flow.MayHandOut(queue, sequence)) delivering.HandOut(queue, consumer, sequence, queue.Extra(sequence)?.Lane);
        }
    }

    private void StartLease(ConsumerState consumer, Attempt attempt) =>
        context.Volatile.Leases.Start(attempt, delivering.AckTimeoutOf(consumer, consumer.Queue), context.Volatile.Monotonic);
}
