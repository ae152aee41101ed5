using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>Something to be noted of a consumer, without a record and without an answer.</summary>
internal sealed class ConsumerNotice(ConsumerState state, Action<ShardCore, ConsumerState> change) : Command
{
    public override int Room(ShardCore core) => 0;

    public override void Run(ShardCore core) => change(core, state);

    public override void Complete()
    {
    }

    public override void Fail(Exception failure)
    {
    }
}
