using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues.Tests.Simulation;

/// <summary>The checkers. K numbers are those of the published invariants.</summary>
internal sealed partial class SimWorld
{
    public void OnDelivery(SimConsumer consumer, in HandOut handOut)
    {
        Delivered++;
        _deliveries.Add(consumer, new Delivery(_shard, handOut), _latest, _monotonic);
    }

    /// <summary>K9: a clean restart changes nothing.</summary>
    private void Restart()
    {
        Turn();
        if (_shard.Failure is not null) return;
        var before = SimState.Describe(_shard);
        _shard.Close();
        if (_disk.Stopped || _shard.Failure is not null) throw new SimulatedCrashException();
        _answers.Observe();
        foreach (var lease in _leases) lease.Held = false;
        _consumers.Clear();
        foreach (var message in _messages) message.AckDurable |= message.AckTold;
        _disk.CancelFaults();
        Open();
        SimState.Compare("K9: a clean restart changes nothing", before, SimState.Describe(_shard));
    }

    /// <summary>K8: recovering twice is recovering once.</summary>
    private void CheckRecoveryTwice()
    {
        _disk.CancelFaults();
        Crash();
        Open();
        var once = SimState.Describe(_shard);
        Crash();
        Open();
        SimState.Compare("K8: recovering twice is recovering once", once, SimState.Describe(_shard));
    }

    /// <summary>Lets everything run out and looks for what is missing.</summary>
    private void Finish()
    {
        _disk.CancelFaults();
        Crash();
        Open();
        Drain();
        SimState.CheckConservation(_shard);
        var dead = SimState.DeadNumbers(_shard);
        foreach (var message in _messages)
        {
            var accounted = message.AckTold || message.AckUnknown || message.MayVanish || dead.Contains(message.Number);
            Promise.Keep(
                !message.Told || accounted,
                $"K2: message {message.Number} of {message.Queue} (sequence {message.Sequence}) was stored and is lost");
        }

        foreach (var batch in _batches)
        {
            if (batch.Exists(static m => m.MayVanish)) continue;
            var there = batch.Count(m => m.Deliveries > 0 || m.AckTold || dead.Contains(m.Number));
            Promise.Keep(there == 0 || there == batch.Count, $"PR4: of a batch of {batch.Count} messages {there} are there");
        }

        // K10: when all is done, nothing but the dead letters is left.
        Promise.Keep(_shard.Core.State.Attempts.Count == 0, "K10: no hand-out is remembered when nothing is out");
        Promise.Keep(_shard.Journal.Segments.Count <= 6, $"K10: {_shard.Journal.Segments.Count} segments are left of an empty store");
    }

    private void Drain()
    {
        // A clock that was set back says in the end what time it is.
        MoveWallClock(_latest - _wall);
        foreach (var name in (string[])[.. SimQueues.Works, .. SimQueues.Inboxes])
        {
            var devices = name == "devices" ? (string?[])["d0", "d1"] : [null];
            foreach (var device in devices)
            {
                var options = new SubscriptionOptions { MaxInFlight = 50, Owner = "drain", Remote = true, Device = device };
                var consumer = new SimConsumer(this, name, options);
                _consumers.Add(consumer);
                _shard.Submit(new Request<int>(
                    core =>
                    {
                        consumer.State = core.Subscribing.Subscribe(SimQueues.Address(name), options, consumer);
                        core.Operating.Pause(consumer.State.Queue, false);
                        return 0;
                    },
                    core => core.Subscribing.BytesFor(SimQueues.Address(name), options.Owner)));
            }
        }

        for (var rounds = 0; ; rounds++)
        {
            Promise.Keep(rounds < 2000, "K2: what is stored is delivered in the end: " + (rounds < 2000 ? "" : SimState.Leftovers(_shard)));
            Turn();
            foreach (var lease in _leases)
            {
                if (!lease.Held || lease.Consumer.Options.Owner != "drain") continue;
                lease.Held = false;
                var command = new SettleCommand(lease.Delivery.Attempt, new Settlement(SettlementKind.Ack), false);
                _shard.Submit(command);
                _answers.Expect(command.Task, _ => OnDeviceAcked(lease), _ => { });
            }

            Turn();
            _leases.RemoveAll(static l => !l.Held);
            PassTime(500);
            var isEmpty = _shard.Core.State.Queues.All(static q => q.Kind == QueueKind.DeadLetter || q.Unsettled == 0);
            if (isEmpty && _answers.Count == 0 && rounds > 10) return;
        }
    }
}
