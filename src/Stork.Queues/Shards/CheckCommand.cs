using Stork.Queues.Rules;

namespace Stork.Queues.Shards;

/// <summary>Is accepted or refused as the message would be, and stores nothing.</summary>
internal sealed class CheckCommand(PreparedMessage message) : Command
{
    private readonly PreparedMessage _message = message;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Task => _completion.Task;

    public override bool IsProducer => true;

    public override int HeldBytes => EnqueueCommand.FixedBytes + _message.RecordBytes;

    public override int Room(ShardCore core) => 0;

    public override void Run(ShardCore core)
    {
        if (core.Admission.Refuse(new ReadOnlySpan<PreparedMessage>(in _message)) is { } refusal) throw refusal;
    }

    public override void Complete() => _completion.TrySetResult();

    public override void Fail(Exception failure) => _completion.TrySetException(failure);
}
