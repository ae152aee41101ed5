using Stork.Queues.Core;

namespace Stork.Queues.Shards;

/// <summary>What a turn has to tell, once the log is synced as far as that demands.</summary>
internal sealed class TurnResults
{
    private readonly List<(IDeliverySink Sink, Delivery Delivery)> _deliveries = [];
    private readonly List<IDeliverySink> _caughtUp = [];
    private readonly List<Command> _ran = [];
    private readonly List<BuriedMessage> _buried = [];

    /// <summary>Records below this number must be durable first.</summary>
    public ulong NeedsLsn { get; private set; }

    /// <summary>A command has run.</summary>
    public void Add(Command command) => _ran.Add(command);

    /// <summary>Takes what the core has collected.</summary>
    public void Take(ShardCore core, ulong needsLsn)
    {
        NeedsLsn = needsLsn;
        _deliveries.AddRange(core.Deliveries);
        core.Deliveries.Clear();
        _caughtUp.AddRange(core.CaughtUp);
        core.CaughtUp.Clear();
        _buried.AddRange(core.Buried);
        core.Buried.Clear();
    }

    public void Tell(Shard shard)
    {
        foreach (var (sink, delivery) in _deliveries)
        {
            delivery.Shard = shard;
            sink.Deliver(delivery);
        }

        foreach (var sink in _caughtUp) sink.CaughtUp();
        foreach (var command in _ran) command.Complete();
        foreach (var message in _buried) shard.OnBuried?.Invoke(message);
        Clear();
    }

    /// <summary>Nobody will know what became of it.</summary>
    public void Fail(QueueException reason)
    {
        foreach (var command in _ran) command.Fail(reason);
        Clear();
    }

    private void Clear()
    {
        _deliveries.Clear();
        _caughtUp.Clear();
        _ran.Clear();
        _buried.Clear();
    }
}
