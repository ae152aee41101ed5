using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues.Tests;

internal sealed class TestConsumer(Shard shard) : IDeliverySink
{
    private readonly Queue<Delivery> _received = new();
    private int _inTurn;

    public ConsumerState State { get; set; } = null!;

    public bool IsEmpty => _received.Count == 0;

    public Exception? Closed { get; private set; }

    /// <summary>How often it was told that nothing more waits.</summary>
    public int CaughtUp { get; private set; }

    /// <summary>The next delivery, which must be there.</summary>
    public Delivery Next() =>
        _received.TryDequeue(out var delivery) ? delivery : throw new InvalidOperationException("Nothing was delivered.");

    /// <summary>The bodies of all that came.</summary>
    public string[] Texts() => [.. DrainAll().Select(TestShard.Text)];

    public List<Delivery> DrainAll()
    {
        var all = _received.ToList();
        _received.Clear();
        return all;
    }

    /// <summary>How many came with each turn, for those that have ended.</summary>
    public List<int> Turns { get; } = [];

    bool IDeliverySink.Deliver(in HandOut handOut)
    {
        _received.Enqueue(new Delivery(shard, handOut));
        return _inTurn++ == 0;
    }

    void IDeliverySink.EndTurn()
    {
        Turns.Add(_inTurn);
        _inTurn = 0;
    }

    bool IDeliverySink.CaughtUp()
    {
        CaughtUp++;
        return false;
    }

    void IDeliverySink.Close(Exception? failure) => Closed = failure;
}
