namespace Stork.Queues.Shards;

/// <summary>From here on nothing is handed out.</summary>
internal sealed class StopCommand : Command
{
    public override bool IsAwaited => false;

    public override int Room(ShardCore core) => 0;

    public override void Run(ShardCore core) => core.State.Volatile.StopDeliveries();

    public override void Complete()
    {
    }

    public override void Fail(Exception failure)
    {
        // The store is closed or failed, and hands out nothing anyway.
    }
}
