using System.Globalization;
using System.Text;
using Stork.Queues.Rules;
using Stork.Queues.State;
using Stork.Queues.Shards;

namespace Stork.Queues.Tests.Simulation;

/// <summary>The checkers. K numbers are those of the published invariants.</summary>
internal sealed partial class SimWorld
{
    private readonly Dictionary<string, long> _firstDelivered = [];

    public void OnDelivery(SimConsumer consumer, in HandOut handOut)
    {
        var delivery = new Delivery(_shard, handOut);
        Delivered++;
        var number = Promise.Number(delivery.Body.Span);
        Promise.Keep(number < _messages.Count, "K2: nothing is delivered that was never sent");
        var message = _messages[number];
        Promise.Keep(!message.Rejected, $"K2: a refused or duplicate message is not delivered ({number})");
        Promise.Keep(message.Queue == delivery.QueueName, "K2: a message is delivered from its queue");
        Promise.Keep(message.NotBefore <= _latest, $"message {number} of {message.Queue} is delivered before its time of day");
        Promise.Keep(!message.AckTold, $"K6: message {number} of {message.Queue} was acknowledged and is delivered again");
        Promise.Keep(_ackIds.Add(delivery.AckId), $"K7: ack id {delivery.AckId} is given out twice");
        Promise.Keep(!message.Told || message.Id == delivery.Id, "K2: a message keeps its id");

        // Where everyone has it, another one's failure may have made it a dead letter meanwhile.
        if (delivery.RedriveCount > 0 && !Competes(message.Queue)) LetGo(message);
        CheckNobodyElseHolds(consumer, message);
        CheckOrder(message, delivery);
        message.Deliveries++;
        var lease = (message.Queue is "small" or "active" or "user:2" ? 30_000 : 5000) - LongestOnTheWay;
        // It may have been on its way when its consumer went, or when an earlier hand-out of the message was acknowledged.
        _leases.Add(new SimLease(message, delivery, consumer, _monotonic + lease) { Held = consumer.Connected && message.AcksUnderWay == 0 });
        if (_leases.Count > 400) _leases.RemoveRange(0, 100);
    }

    /// <summary>K3 and K5: a second delivery, or a second one of a key, needs a reason that the outside can know.</summary>
    private void CheckNobodyElseHolds(SimConsumer consumer, SimMessage message)
    {
        var exclusive = Competes(message.Queue);
        foreach (var lease in _leases)
        {
            if (!lease.Held || lease.Until <= _monotonic || lease.Message.Queue != message.Queue) continue;
            if (lease.Message == message)
                Promise.Keep(
                    !exclusive && lease.Consumer != consumer,
                    $"K3: message {message.Number} of {message.Queue} is out twice without a reason");
            else if (exclusive && ((message.Key is not null && lease.Message.Key == message.Key) || message.Queue == "strict"))
                Promise.Keep(false, $"K5: two messages of key {message.Key} of {message.Queue} are out at once");
        }
    }

    /// <summary>K4: no first delivery before that of an earlier message of the same inbox. One that a crash overtook on its way was one.</summary>
    private void CheckOrder(SimMessage message, Delivery delivery)
    {
        if (message.Deliveries > 0 || delivery.Redelivered || message.Delayed || delivery.RedriveCount > 0 || !message.Told || !Inboxes.Contains(message.Queue))
            return;
        if (message.Queue is "devices" or "user:3") return;
        var highest = _firstDelivered.GetValueOrDefault(message.Queue);
        Promise.Keep(delivery.Sequence > highest, $"K4: {message.Queue} delivers {delivery.Sequence} for the first time after {highest}");
        _firstDelivered[message.Queue] = delivery.Sequence;
    }

    /// <summary>K1.</summary>
    private void CheckConservation()
    {
        foreach (var queue in _shard.Core.State.Queues)
        {
            var it = Browsing.Describe(queue);
            var accounted = it.Ready + it.Scheduled + it.InFlight + it.Acked + it.Expired + it.Dropped + it.DeadLettered + it.Purged
                + it.Redriven;
            Promise.Keep(it.Enqueued == accounted, $"K1: {it.Name} took {it.Enqueued} and accounts for {accounted}: {it}");
            Promise.Keep(it.Ready >= 0 && it.Bytes >= 0, $"K1: {it.Name} counts below zero");
        }
    }

    /// <summary>K9: a clean restart changes nothing.</summary>
    private void Restart()
    {
        Turn();
        if (_shard.Failure is not null) return;
        var before = Describe(_shard);
        _shard.Close();
        if (_disk.Stopped || _shard.Failure is not null) throw new SimulatedCrashException();
        Observe();
        foreach (var lease in _leases) lease.Held = false;
        _consumers.Clear();
        foreach (var message in _messages) message.AckDurable |= message.AckTold;
        _disk.StopAfter = -1;
        _disk.FailSyncAfter = -1;
        Open();
        Same("K9: a clean restart changes nothing", before, Describe(_shard));
    }

    /// <summary>K8: recovering twice is recovering once.</summary>
    private void CheckRecoveryTwice()
    {
        _disk.StopAfter = -1;
        _disk.FailSyncAfter = -1;
        Crash();
        Open();
        var once = Describe(_shard);
        Crash();
        Open();
        Same("K8: recovering twice is recovering once", once, Describe(_shard));
    }

    private static void Same(string promise, string before, string after)
    {
        if (before == after) return;
        var old = before.Split('\n');
        var now = after.Split('\n');
        var differences = old.Except(now).Select(static l => "- " + l).Concat(now.Except(old).Select(static l => "+ " + l));
        Promise.Keep(false, promise + ":\n" + string.Join('\n', differences.Take(6)));
    }

    /// <summary>All that the state is, except for what only time decides.</summary>
    private static string Describe(Shard shard)
    {
        var text = new StringBuilder();
        foreach (var queue in shard.Core.State.Queues.OrderBy(static q => q.Id))
        {
            var it = Browsing.Describe(queue);
            text.Append(
                CultureInfo.InvariantCulture,
                $"{queue.Id} {it.Name} {it.Enqueued} {it.Acked} {it.Expired} {it.Dropped} {it.DeadLettered} {it.Purged} ");
            text.Append(CultureInfo.InvariantCulture, $"{it.Redriven} {it.Paused} {it.Bytes}\n");
            for (var i = 0; i < queue.Entries.Count; i++)
            {
                var entry = queue.Entries.At(i);
                var sequence = queue.Entries.SequenceAt(i);
                if (entry.State is MessageState.None or MessageState.Retained) continue;
                var extra = queue.Extra(sequence);
                var state = entry.State == MessageState.Scheduled ? MessageState.Ready : entry.State;
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"{it.Name}/{sequence} {state} {entry.Segment}+{entry.Offset} f{extra?.Failures ?? 0} d{extra?.Deliveries ?? 0} ");
                text.Append(CultureInfo.InvariantCulture, $"{extra?.Isolated ?? false} {extra?.Lane?.Hash ?? 0}");
                for (var attempt = extra?.Newest; attempt is not null; attempt = attempt.Older)
                    text.Append(CultureInfo.InvariantCulture, $" {attempt.AckId}{(attempt.Live ? "!" : "")}{(attempt.Settled ? "." : "")}");
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>What recovery finds on the same disk without any snapshot.</summary>
    private string StateWithoutSnapshots()
    {
        if (_planted != PlantedFault.None) return "";
        using var shard = OpenShard(snapshots: false, _disk.Copy(static name => !name.EndsWith(".snap", StringComparison.Ordinal)));
        return DescribeAll(shard);
    }

    /// <summary>The state with what is not a message's. What ends by the clock alone may be gone already.</summary>
    private static string DescribeAll(Shard shard)
    {
        var text = new StringBuilder(Describe(shard));
        var now = shard.Journal.LastWallClock;
        text.Append(CultureInfo.InvariantCulture, $"lsn {shard.Journal.NextLsn} ack ids from {shard.Core.AckIds.Next}, {shard.Core.State.Attempts.Count} out\n");
        foreach (var segment in shard.Journal.Segments) text.Append(CultureInfo.InvariantCulture, $"segment {segment.Id} {segment.Used} of {segment.Capacity}\n");
        long live = 0;
        foreach (var queue in shard.Core.State.Queues)
        {
            text.Append(CultureInfo.InvariantCulture, $"{queue.Id} {queue.Kind} in {queue.StateSegment}\n");
            for (var i = 0; i < queue.Entries.Count; i++)
            {
                var entry = queue.Entries.At(i);
                if (entry.State == MessageState.None) continue;
                live += entry.Size;
                if (entry.State == MessageState.Retained && Entry.ExpiryMilliseconds(entry.Expiry) <= now + 600_000) continue;
                text.Append(CultureInfo.InvariantCulture, $"{queue.Id}/{queue.Entries.SequenceAt(i)} {entry.Size} {entry.Priority} {entry.Laned} {(queue.Name is "user:2" or "devices" && entry.State != MessageState.Retained ? 0 : entry.Expiry)}\n");
            }

            if (queue.Work is not { } work) continue;
            foreach (var (hash, seen) in (work.Dedup?.InOrder ?? []).OrderBy(static d => d.Hash))
                if (seen.Until > now + 600_000) text.Append(CultureInfo.InvariantCulture, $"{queue.Id} dedup {hash} {seen}\n");
            foreach (var (name, mark) in work.Producers ?? []) text.Append(CultureInfo.InvariantCulture, $"{queue.Id} producer {name} {mark}\n");
            foreach (var device in work.Devices ?? [])
                text.Append(CultureInfo.InvariantCulture, $"{queue.Id} device {device.Index} {device.Name} {device.Start} {device.StateSegment} {string.Join(',', device.Acked.Order())}\n");
            foreach (var sequence in work.Extras.Sequences)
            {
                var extra = queue.Extra(sequence)!;
                text.Append(CultureInfo.InvariantCulture, $"{queue.Id}/{sequence} history");
                foreach (var past in extra.History ?? []) text.Append(CultureInfo.InvariantCulture, $" {past}");
                for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
                    text.Append(CultureInfo.InvariantCulture, $" {attempt.AckId} {attempt.Token} {attempt.Owner} {attempt.InProcess} {attempt.Device}");
                text.Append('\n');
            }
        }

        Promise.Keep(live == shard.Journal.LiveBytes, $"K10: {shard.Journal.LiveBytes} live bytes are counted where there are {live}");
        return string.Join('\n', text.ToString().Split('\n').Order(StringComparer.Ordinal));
    }

    /// <summary>Lets everything run out and looks for what is missing.</summary>
    private void Finish()
    {
        _disk.StopAfter = -1;
        _disk.FailSyncAfter = -1;
        Crash();
        Open();
        Drain();
        CheckConservation();
        var dead = DeadNumbers();
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
        foreach (var name in (string[])[.. Works, .. Inboxes])
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
                        consumer.State = core.Subscribing.Subscribe(Address(name), options, consumer);
                        core.Operating.Pause(consumer.State.Queue, false);
                        return 0;
                    },
                    core => core.Subscribing.BytesFor(Address(name), options.Owner)));
            }
        }

        for (var rounds = 0; ; rounds++)
        {
            Promise.Keep(rounds < 2000, "K2: what is stored is delivered in the end: " + (rounds < 2000 ? "" : Leftovers()));
            Turn();
            foreach (var lease in _leases)
            {
                if (!lease.Held || lease.Consumer.Options.Owner != "drain") continue;
                lease.Held = false;
                var command = new SettleCommand(lease.Delivery.Attempt, new Settlement(SettlementKind.Ack), false);
                _shard.Submit(command);
                Expect(command.Task, _ => OnDeviceAcked(lease), _ => { });
            }

            Turn();
            _leases.RemoveAll(static l => !l.Held);
            PassTime(500);
            if (_shard.Core.State.Queues.All(static q => q.Kind == QueueKind.DeadLetter || q.Unsettled == 0) && _waiting.Count == 0 && rounds > 10) return;
        }
    }

    private string Leftovers() =>
        string.Join(
            '\n', Describe(_shard).Split('\n').Where(static l => !l.Contains(".dlq", StringComparison.Ordinal) && l.Contains('/')).Take(8));

    private HashSet<int> DeadNumbers()
    {
        var numbers = new HashSet<int>();
        foreach (var queue in _shard.Core.State.Queues.Where(static q => q.Kind == QueueKind.DeadLetter).ToArray())
            for (long from = 0; ;)
            {
                var page = _shard.Core.Browsing.Browse(queue, new BrowseOptions { WithBody = true, FromSequence = from, Limit = 1000 });
                foreach (var info in page) numbers.Add(Promise.Number(info.Body));
                if (page.Count == 0) break;
                from = page[^1].Sequence + 1;
            }

        return numbers;
    }
}
