using Stork.Queues.Rules;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues.Tests.Simulation;

internal sealed partial class SimWorld
{
    private readonly Dictionary<string, SimMessage> _dedup = [];
    private readonly List<List<SimMessage>> _batches = [];
    private long _producerNumber;

    private void Step()
    {
        switch (Pick(100))
        {
            case < 32: Produce(); break;
            case < 36: ProduceBatch(); break;
            case < 44: Consume(); break;
            case < 74: Settle(); break;
            case < 77: Disturb(); break;
            case < 90: PassTime(Pick(Chance(0.1) ? 8000 : 300)); break;
            case < 91: MoveWallClock(Chance(0.5) ? 3_600_000 : -3_600_000); break;
            case < 95: Operate(); break;
            case < 96: Restart(); break;
            case < 97: CheckRecoveryTwice(); break;
            default: break;
        }

        if (Chance(0.6)) Turn();
        if (Chance(0.1) && _shard.Failure is null && !_disk.Stopped) SimState.CheckConservation(_shard);
    }

    private string AnyQueue()
    {
        var names = Chance(0.55) ? SimQueues.Works : SimQueues.Inboxes;
        return names[Pick(names.Length)];
    }

    private (SimMessage Model, Message Message) NewMessage(string queue)
    {
        var work = SimQueues.Works.Contains(queue);
        var delayed = Chance(0.1);
        var expires = Chance(0.1);
        var key = queue == "keys" || (work && Chance(0.2)) ? "k" + Pick(4) : null;
        var collapse = !work && Chance(0.05) ? "c" : null;
        var atTime = delayed && !expires && Chance(0.5);
        var wait = delayed ? Pick(4000) + 1 : 0;
        var model = new SimMessage(_messages.Count, queue, key, delayed, expires || collapse is not null || queue == "small")
        {
            NotBefore = atTime ? _wall + wait : 0,
        };
        _messages.Add(model);
        if (collapse is not null)
            foreach (var other in _messages) other.MayVanish |= other.Queue == queue;
        var message = new Message(Promise.Body(model.Number, Chance(0.3) ? Pick(7000) : Pick(300)))
        {
            Key = key,
            Priority = queue == "prio" ? Pick(10) : 0,
            Delay = atTime ? TimeSpan.Zero : TimeSpan.FromMilliseconds(wait),
            DeliverAt = atTime ? DateTimeOffset.FromUnixTimeMilliseconds(_wall + wait) : null,
            TimeToLive = expires ? TimeSpan.FromMilliseconds(Pick(6000) + 1) : null,
            CollapseKey = collapse,
            Subject = Chance(0.3) ? "subject" : null,
            Headers = Chance(0.2) ? new Dictionary<string, string> { ["traceparent"] = "00-abc" } : null,
        };
        return (model, message);
    }

    private void Produce()
    {
        var (model, message) = NewMessage(AnyQueue());
        SimMessage? first = null;
        if (Chance(0.15))
        {
            var id = model.Queue + "/" + Pick(30);
            message = message with { DedupId = id };
            if (!_dedup.TryGetValue(id, out first)) _dedup[id] = model;
        }
        else if (Chance(0.1))
        {
            message = message with { Producer = "p", ProducerSequence = ++_producerNumber };
        }

        var command = new EnqueueCommand([PreparedMessage.Create(SimQueues.Address(model.Queue), message)], []);
        _shard.Submit(command);
        _answers.Expect(
            command.Task,
            receipts => OnStored(model, receipts[0], first),
            code =>
            {
                if (code is QueueErrorCode.StoreFailed or null or QueueErrorCode.Closed) model.MayVanish = true;
                else model.Rejected = true;
            });
    }

    private void OnStored(SimMessage model, EnqueueReceipt receipt, SimMessage? first)
    {
        if (receipt.Duplicate)
        {
            Promise.Keep(first is not null, "only a repeated id is a duplicate");
            Promise.Keep(!first!.Told || first.Id == receipt.Id || first.Rejected, "a duplicate gets the first receipt");
            model.Rejected = true;
            return;
        }

        Promise.Keep(first is not { Told: true }, "a stored id is not stored twice");
        model.Told = true;
        model.Id = receipt.Id;
        model.Sequence = receipt.Sequence;
    }

    private void ProduceBatch()
    {
        var batch = new List<SimMessage>();
        var prepared = new List<PreparedMessage>();
        for (var count = 1 + Pick(4); count > 0; count--)
        {
            var (model, message) = NewMessage(AnyQueue());
            batch.Add(model);
            prepared.Add(PreparedMessage.Create(SimQueues.Address(model.Queue), message));
        }

        var lease = Chance(0.5) ? AnyLease() : null;
        if (lease?.Consumer.Options.Device is not null || lease?.Delivery.Shard != _shard) lease = null;
        var command = new EnqueueCommand([.. prepared], lease is null ? [] : [(lease.Delivery.Attempt, false)]);
        var acked = lease?.Message;
        if (acked is not null)
        {
            _deliveries.LetGo(acked);
            acked.AcksUnderWay++;
        }

        _batches.Add(batch);
        _shard.Submit(command);
        _answers.Expect(
            command.Task,
            receipts =>
            {
                if (acked is not null) acked.AcksUnderWay--;
                for (var i = 0; i < batch.Count; i++) OnStored(batch[i], receipts[i], null);
                if (lease is not null) OnAcked(lease.Message);
            },
            code =>
            {
                if (acked is not null) acked.AcksUnderWay--;
                var unknown = code is QueueErrorCode.StoreFailed or null or QueueErrorCode.Closed;
                foreach (var model in batch)
                {
                    if (unknown) continue;
                    model.Rejected = true;
                }

                if (unknown && lease is not null) lease.Message.AckUnknown = true;
            });
    }

    private void Consume()
    {
        if (_consumers.Count > 12) return;
        var queue = AnyQueue();
        if (_consumers.Count(c => c.Queue == queue) >= 3) return;
        var options = new SubscriptionOptions
        {
            MaxInFlight = 1 + Pick(4),
            Owner = Chance(0.7) ? "o" + Pick(2) : null,
            Remote = Chance(0.6),
            Device = queue == "devices" ? "d" + Pick(2) : null,
            DeviceStart = Chance(0.5) ? DeviceStart.All : DeviceStart.Unread,
            Priority = Pick(3),
        };
        var consumer = new SimConsumer(this, queue, options);
        var shard = _shard;
        var command = new Request<ConsumerState>(
            core => consumer.State = core.Subscribing.Subscribe(SimQueues.Address(queue), options, consumer),
            core => core.Subscribing.BytesFor(SimQueues.Address(queue), options.Owner));
        _consumers.Add(consumer);
        foreach (var lease in _leases)
            if (lease.Consumer.Queue == queue && lease.Consumer.Options.Owner == options.Owner && !lease.Consumer.Connected)
                lease.Held = false;
        shard.Submit(command);
        _answers.Expect(command.Task, _ => { }, _ => consumer.Connected = false);
    }

    private SimLease? AnyLease() =>
        _leases.Count == 0 ? null : _leases[Chance(0.7) ? _leases.Count - 1 - Pick(Math.Min(10, _leases.Count)) : Pick(_leases.Count)];

    private void Settle()
    {
        if (AnyLease() is not { } lease) return;
        var kind = Pick(20) switch
        {
            < 11 => SettlementKind.Ack,
            < 14 => SettlementKind.Nack,
            < 16 => SettlementKind.Release,
            < 17 => SettlementKind.Reject,
            _ => SettlementKind.Extend,
        };
        var settlement = new Settlement(
            kind, kind == SettlementKind.Nack && Chance(0.5) ? Pick(3000) : null,
            kind is SettlementKind.Nack or SettlementKind.Reject ? "because" : null);
        var owner = lease.Consumer.Options.Owner;
        var byId = owner is not null && Chance(0.5);

        // An attempt of an earlier run means nothing to this one; only its ack id does.
        if (lease.Delivery.Shard != _shard && !byId) return;
        var wrongOwner = byId && Chance(0.05);
        var command = byId
            ? new SettleCommand(lease.Delivery.AckId, wrongOwner ? "thief" : owner!, settlement)
            : new SettleCommand(lease.Delivery.Attempt, settlement, lease.Consumer.Options.Fenced);
        if (kind is SettlementKind.Nack or SettlementKind.Release or SettlementKind.Reject or SettlementKind.Ack) lease.Held &= wrongOwner;
        var lets = kind == SettlementKind.Ack && !wrongOwner;
        if (lets)
        {
            _deliveries.LetGo(lease.Message);
            lease.Message.AcksUnderWay++;
        }

        var before = _monotonic;
        _shard.Submit(command);
        _answers.Expect(
            command.Task,
            outcome =>
            {
                if (lets) lease.Message.AcksUnderWay--;
                Promise.Keep(!wrongOwner || outcome == SettleOutcome.Unknown, "nobody settles another's delivery");
                if (outcome is not (SettleOutcome.Done or SettleOutcome.DoneLate)) return;
                Settled++;
                if (kind == SettlementKind.Ack) OnDeviceAcked(lease);
                else if (kind == SettlementKind.Reject) lease.Message.MayVanish |= false;
                else if (kind == SettlementKind.Extend) lease.Until = Math.Max(lease.Until, before + 5000);
            },
            _ =>
            {
                if (lets) lease.Message.AcksUnderWay--;
                if (kind == SettlementKind.Ack) lease.Message.AckUnknown = true;
            });
    }

    private void OnDeviceAcked(SimLease lease)
    {
        if (lease.Consumer.Options.Device is null) OnAcked(lease.Message);
        else lease.Message.AckUnknown = true;
    }

    private static void OnAcked(SimMessage message) => message.AckTold = true;

    /// <summary>A consumer goes, or loses its connection.</summary>
    private void Disturb()
    {
        if (_consumers.Count == 0) return;
        var consumer = _consumers[Pick(_consumers.Count)];
        if (consumer.State is not { } state) return;
        _consumers.Remove(consumer);
        consumer.Connected = false;
        var detach = Chance(0.5);
        var how = (Departure)Pick(4);
        foreach (var lease in _leases)
            if (lease.Consumer == consumer && (!detach || true)) lease.Held = false;
        _shard.Submit(new Request<bool>(
            core =>
            {
                if (detach) core.Detaching.Detach(state, how);
                else core.Subscribing.Unsubscribe(state);
                return true;
            },
            _ => RoomNeeds.ToGiveBack(state)));
    }

    private void Operate()
    {
        var address = SimQueues.Address(AnyQueue());
        switch (Pick(8))
        {
            case 0:
                foreach (var message in _messages)
                    if (message.Queue == address.Name) message.MayVanish = true;
                Ask(core => core.State.Find(address) is { } queue ? core.Operating.Purge(queue) : 0);
                break;
            case 1 or 2:
                var paused = Chance(0.3);
                Ask(core =>
                {
                    if (core.State.Find(address) is { } queue) core.Operating.Pause(queue, paused);
                    return 0;
                });
                break;
            case 3:
                var seek = new QueueAddress(QueueKind.Inbox, "user:2");
                do Turn();
                while (_shard.Failure is null && _messages.Exists(static m => m.AcksUnderWay > 0));
                if (_shard.Failure is not null) break;
                foreach (var message in _messages)
                    if (message.Queue == seek.Name && message.AckTold)
                        message.AckTold = message.AckDurable = !(message.AckUnknown = message.MayVanish = true);
                Ask(core => core.State.Find(seek) is { } queue ? core.Operating.Seek(queue, 0) : 0);
                break;
            case 4 or 5:
                Ask(
                    core => core.State.Find(address.DeadLetters) is { } dead ? core.Redriving.Redrive(dead, 0, 3, null, null).Moved : 0,
                    room: 32_000);
                break;
            case 6:
                Ask(core => core.State.Find(address) is { } queue ? core.Browsing.Browse(queue, new BrowseOptions()).Count : 0);
                break;
            default:
                if (SimQueues.Works.Contains(address.Name)) break;
                Ask(core =>
                {
                    if (core.State.Find(new(QueueKind.Inbox, "devices")) is not { } queue) return 0;
                    return core.Registering.Unregister(queue, "d" + Pick(2)) == true ? 1 : 0;
                });
                break;
        }
    }

    private void Ask(Func<ShardCore, int> question, int room = 16_000) => _shard.Submit(new Request<int>(question, _ => room));
}
