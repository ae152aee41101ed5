namespace Stork.Queues.Tests.Simulation;

/// <summary>Looks at each delivery as the outside can. K numbers are those of the published invariants.</summary>
/// <param name="messages">All messages that were ever sent, by their numbers.</param>
/// <param name="leases">The deliveries that may still be settled.</param>
internal sealed class SimDeliveries(List<SimMessage> messages, List<SimLease> leases)
{
    /// <summary>
    /// How much of its lease a delivery may have used up before it is told: it waits for the sync that runs and for its own,
    /// and what takes longer than the tolerance does not count.
    /// </summary>
    private const long LongestOnTheWay = 2 * 500;

    private readonly HashSet<int> _ackIds = [];
    private readonly Dictionary<string, long> _firstDelivered = [];

    /// <param name="consumer">Who got it.</param>
    /// <param name="delivery">What came.</param>
    /// <param name="latest">The latest that the wall clock ever said.</param>
    /// <param name="monotonic">What the monotonic clock says.</param>
    public void Add(SimConsumer consumer, Delivery delivery, long latest, long monotonic)
    {
        var number = Promise.Number(delivery.Body.Span);
        Promise.Keep(number < messages.Count, "K2: nothing is delivered that was never sent");
        var message = messages[number];
        Promise.Keep(!message.Rejected, $"K2: a refused or duplicate message is not delivered ({number})");
        Promise.Keep(message.Queue == delivery.QueueName, "K2: a message is delivered from its queue");
        Promise.Keep(message.NotBefore <= latest, $"message {number} of {message.Queue} is delivered before its time of day");
        Promise.Keep(!message.AckTold, $"K6: message {number} of {message.Queue} was acknowledged and is delivered again");
        Promise.Keep(_ackIds.Add(delivery.AckId), $"K7: ack id {delivery.AckId} is given out twice");
        Promise.Keep(!message.Told || message.Id == delivery.Id, "K2: a message keeps its id");

        // Where everyone has it, another one's failure may have made it a dead letter meanwhile.
        if (delivery.RedriveCount > 0 && !SimQueues.Competes(message.Queue)) LetGo(message);
        CheckNobodyElseHolds(consumer, message, monotonic);
        CheckOrder(message, delivery);
        message.Deliveries++;
        var length = (message.Queue is "small" or "active" or "user:2" ? 30_000 : 5000) - LongestOnTheWay;
        // It may have been on its way when its consumer went, or when an earlier hand-out of the message was acknowledged.
        var isHeld = consumer.Connected && message.AcksUnderWay == 0;
        leases.Add(new SimLease(message, delivery, consumer, monotonic + length) { Held = isHeld });
        if (leases.Count > 400) leases.RemoveRange(0, 100);
    }

    /// <summary>An acknowledgement is under way, so that nobody can count on having the message any more.</summary>
    public void LetGo(SimMessage message)
    {
        foreach (var lease in leases)
            if (lease.Message == message) lease.Held = false;
    }

    /// <summary>K3 and K5: a second delivery, or a second one of a key, needs a reason that the outside can know.</summary>
    private void CheckNobodyElseHolds(SimConsumer consumer, SimMessage message, long monotonic)
    {
        var exclusive = SimQueues.Competes(message.Queue);
        foreach (var lease in leases)
        {
            if (!lease.Held || lease.Until <= monotonic || lease.Message.Queue != message.Queue) continue;
            if (lease.Message == message)
                Promise.Keep(
                    !exclusive && lease.Consumer != consumer,
                    $"K3: message {message.Number} of {message.Queue} is out twice without a reason");
            else if (exclusive && ((message.Key is not null && lease.Message.Key == message.Key) || message.Queue == "strict"))
                Promise.Keep(false, $"K5: two messages of key {message.Key} of {message.Queue} are out at once");
        }
    }

    /// <summary>
    /// K4: no first delivery before that of an earlier message of the same inbox. One that a crash overtook on its way was one.
    /// </summary>
    private void CheckOrder(SimMessage message, Delivery delivery)
    {
        if (message.Deliveries > 0 || delivery.Redelivered || message.Delayed || delivery.RedriveCount > 0 || !message.Told) return;
        if (!SimQueues.Inboxes.Contains(message.Queue) || message.Queue is "devices" or "user:3") return;
        var highest = _firstDelivered.GetValueOrDefault(message.Queue);
        Promise.Keep(delivery.Sequence > highest, $"K4: {message.Queue} delivers {delivery.Sequence} for the first time after {highest}");
        _firstDelivered[message.Queue] = delivery.Sequence;
    }
}
