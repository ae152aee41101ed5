using Stork.Queues.Rules;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>Stores messages and settles deliveries, all or nothing.</summary>
internal sealed class EnqueueCommand : Command
{
    /// <summary>What a command takes besides its messages, in memory and in a frame.</summary>
    public const int FixedBytes = 256;

    private readonly PreparedMessage[] _messages;
    private readonly (Attempt Attempt, bool Fenced)[] _acknowledged;
    private readonly TaskCompletionSource<EnqueueReceipt[]> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly EnqueueReceipt[] _receipts;
    private readonly int _heldBytes;

    public EnqueueCommand(PreparedMessage[] messages, (Attempt Attempt, bool Fenced)[] acknowledged)
    {
        _messages = messages;
        _acknowledged = acknowledged;
        _receipts = new EnqueueReceipt[messages.Length];
        long held = FixedBytes;
        foreach (var message in messages) held += message.RecordBytes;
        _heldBytes = (int)Math.Min(held, int.MaxValue);
    }

    public Task<EnqueueReceipt[]> Task => _completion.Task;

    public override bool IsProducer => _messages.Length > 0;

    public override int HeldBytes => _heldBytes;

    public override int Room(ShardCore core) =>
        (int)Math.Min(int.MaxValue, core.Admission.BytesFor(_messages) + (_acknowledged.Length * 128L) + FixedBytes);

    public override QueueException? RefuseRoom(ShardCore core, int room, int limit) => core.Admission.RefuseRoom(_messages, room, limit);

    public override void Run(ShardCore core)
    {
        foreach (var (attempt, fenced) in _acknowledged)
            if (attempt.Settled || attempt.Forgotten || (fenced && !attempt.Live))
                throw new QueueException(
                    QueueErrorCode.LeaseLost, $"Message {attempt.Sequence} of '{attempt.Queue.Name}' is not this consumer's any more.");
        if (core.Admission.Refuse(_messages) is { } refusal) throw refusal;
        foreach (var (attempt, fenced) in _acknowledged) core.Settling.Acknowledge(attempt, fenced);
        for (var i = 0; i < _receipts.Length; i++) _receipts[i] = core.Enqueuing.Enqueue(_messages[i]);
    }

    public override void Complete() => _completion.TrySetResult(_receipts);

    public override void Fail(Exception failure) => _completion.TrySetException(failure);
}
