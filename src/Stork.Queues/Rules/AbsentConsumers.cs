using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>
/// After a start: those who had something when the former run ended and are expected back, one for each queue, owner and device. They wait
/// as consumers do that lost their connection, and nothing is counted against what they have.
/// </summary>
internal sealed class AbsentConsumers
{
    private readonly Dictionary<(uint Queue, string Owner, int Device), ConsumerState> _known = [];

    /// <summary>The consumer that an attempt of the former run belongs to.</summary>
    /// <param name="queue">The attempt's queue.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="isNew">Whether it is the first one's.</param>
    public ConsumerState Of(QueueState queue, Attempt attempt, out bool isNew)
    {
        var key = (queue.Id, attempt.Owner, attempt.Device);
        isNew = !_known.TryGetValue(key, out var consumer);
        return isNew ? _known[key] = Make(queue, attempt) : consumer!;
    }

    public void Clear()
    {
        _known.Clear();
        _known.TrimExcess();
    }

    private static ConsumerState Make(QueueState queue, Attempt attempt) =>
        new(queue, new SubscriptionOptions { Owner = attempt.Owner, Remote = true }, NoSink.Instance, order: 0)
        {
            QueueName = queue.Name,
            Device = queue.Work!.Devices?.Find(attempt.Device),
            LossCounted = true,
        };

    /// <summary>Nothing is delivered to who is not there.</summary>
    private sealed class NoSink : IDeliverySink
    {
        public static readonly NoSink Instance = new();

        public bool Deliver(in HandOut handOut) => throw new InvalidOperationException("Nothing is delivered to an absent consumer.");

        public void Close(Exception? failure)
        {
            // It is gone already.
        }
    }
}
