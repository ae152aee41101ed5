namespace Stork.Queues.Shards;

/// <summary>
/// Marks a point with everything before it synced, and keeps the segments up to it from being deleted until it is released.
/// </summary>
internal sealed class BackupCommand(Shard shard) : Command
{
    private readonly TaskCompletionSource<BackupPoint> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<BackupPoint> Task => _completion.Task;

    public override int Room(ShardCore core) => 0;

    public override void Run(ShardCore core) => core.SyncNow = true;

    public override void Complete() => _completion.TrySetResult(shard.Pin());

    public override void Fail(Exception failure) => _completion.TrySetException(failure);
}
