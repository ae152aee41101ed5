using System.Runtime.InteropServices;
using Stork.Queues.Rules;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>What a turn has to tell, once the log is durable as far as that demands.</summary>
internal sealed class TurnResults
{
    private readonly List<HandOut> _handOuts = [];
    private readonly List<IDeliverySink> _caughtUp = [];
    private readonly List<Command> _ran = [];
    private readonly List<BuriedMessage> _buried = [];

    /// <summary>Records below this number must be durable first.</summary>
    public ulong NeedsLsn { get; private set; }

    /// <summary>A command has run.</summary>
    public void AddCommand(Command command) => _ran.Add(command);

    /// <summary>Takes over what the core has collected.</summary>
    public void Collect(ShardCore core, ulong needsLsn)
    {
        NeedsLsn = needsLsn;
        _handOuts.AddRange(core.Notices.HandOuts);
        _caughtUp.AddRange(core.Notices.CaughtUp);
        _buried.AddRange(core.Notices.Buried);
        core.Notices.Clear();
    }

    /// <summary>Tells it to all whom it concerns.</summary>
    /// <param name="onBuried">What is told of dead letters.</param>
    /// <param name="delivered">Gets those that want to hear when the last delivery was told.</param>
    public void Release(Action<BuriedMessage>? onBuried, List<IDeliverySink> delivered)
    {
        foreach (ref readonly var handOut in CollectionsMarshal.AsSpan(_handOuts))
        {
            var sink = handOut.Consumer.Sink;
            if (sink.Deliver(handOut)) delivered.Add(sink);
        }

        foreach (var sink in _caughtUp)
            if (sink.CaughtUp()) delivered.Add(sink);
        foreach (var command in _ran) command.Complete();
        foreach (var message in _buried) onBuried?.Invoke(message);
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
        _handOuts.Clear();
        _caughtUp.Clear();
        _ran.Clear();
        _buried.Clear();
    }
}
