namespace Stork.Queues.Shards;

/// <summary>A command with a result.</summary>
internal class Request<T>(Func<ShardCore, T> run, Func<ShardCore, int>? room = null) : Command
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _result = default!;

    public Task<T> Task => _completion.Task;

    public override int Room(ShardCore core) => room?.Invoke(core) ?? base.Room(core);

    public override void Run(ShardCore core) => _result = run(core);

    public override void Complete() => _completion.TrySetResult(_result);

    public override void Fail(Exception failure) => _completion.TrySetException(failure);
}
