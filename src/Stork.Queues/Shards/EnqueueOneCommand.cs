using Stork.Queues.Rules;

namespace Stork.Queues.Shards;

/// <summary>Stores one message: what most producers ask for, so it has no lists.</summary>
internal sealed class EnqueueOneCommand(PreparedMessage message) : Command
{
    private readonly PreparedMessage _message = message;
    private readonly TaskCompletionSource<EnqueueReceipt> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EnqueueReceipt _receipt;

    public Task<EnqueueReceipt> Task => _completion.Task;

    public override bool IsProducer => true;

    public override int HeldBytes => EnqueueCommand.FixedBytes + _message.RecordBytes;

    public override int Room(ShardCore core) =>
        (int)Math.Min(
            int.MaxValue, (long)core.Admission.BytesFor(new ReadOnlySpan<PreparedMessage>(in _message)) + EnqueueCommand.FixedBytes);

    public override QueueException? RefuseRoom(ShardCore core, int room, int limit) =>
        core.Admission.RefuseRoom(new ReadOnlySpan<PreparedMessage>(in _message), room, limit);

    public override void Run(ShardCore core)
    {
        if (core.Admission.Refuse(new ReadOnlySpan<PreparedMessage>(in _message)) is { } refusal) throw refusal;
        _receipt = core.Enqueuing.Enqueue(_message);
    }

    public override void Complete() => _completion.TrySetResult(_receipt);

    public override void Fail(Exception failure) => _completion.TrySetException(failure);
}
