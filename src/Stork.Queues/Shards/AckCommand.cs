using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>The usual end of a delivery: acknowledged, and nobody waits for the outcome.</summary>
internal sealed class AckCommand(Attempt attempt, bool fenced) : Command
{
    private const int RecordBytes = 256;

    public override bool IsAwaited => false;

    public override int Room(ShardCore core) => RecordBytes;

    public override void Run(ShardCore core) => core.Settling.Acknowledge(attempt, fenced);

    public override void Complete()
    {
    }

    public override void Fail(Exception failure)
    {
    }
}
