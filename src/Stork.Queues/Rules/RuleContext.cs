using Stork.Queues.Journal;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>What all rules of a shard work with.</summary>
internal sealed class RuleContext
{
    /// <param name="applier">With the state that recovery led to.</param>
    /// <param name="journal">The log that goes on behind it.</param>
    /// <param name="seed">Of the random numbers: the same seed gives the same run.</param>
    /// <param name="configure">What the application wants of a queue; null: the defaults.</param>
    public RuleContext(RecordApplier applier, IJournal journal, ulong seed, Func<QueueKind, string, QueueOptions?> configure)
    {
        State = applier.State;
        Time = new TimeApplier(State, applier.Placement);
        Emitter = new RecordEmitter(journal.Frame, applier);
        Queues = new QueueCatalog(State, Emitter, configure);
        Reader = new MessageReader(journal, Counters);
        Random = new SplitMix(seed);
        Scratch.Use(new byte[RoomNeeds.MessageOverhead * 2]);
    }

    public ShardState State { get; }

    public VolatileState Volatile => State.Volatile;

    public TimeApplier Time { get; }

    public RecordEmitter Emitter { get; }

    public QueueCatalog Queues { get; }

    public MessageReader Reader { get; }

    public ShardCounters Counters { get; } = new();

    public TurnNotices Notices { get; } = new();

    public SplitMix Random { get; }

    /// <summary>For a field that is built aside; what is in it is valid until the next one is built.</summary>
    public FrameBuilder Scratch { get; } = new();
}
