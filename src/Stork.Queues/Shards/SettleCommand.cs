using Stork.Queues.Rules;
using Stork.Queues.State;

namespace Stork.Queues.Shards;

/// <summary>Settles one delivery, known by itself or by its ack id and owner.</summary>
internal sealed class SettleCommand : Command
{
    private readonly TaskCompletionSource<SettleOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Settlement _settlement;
    private readonly int _ackId;
    private readonly string? _owner;
    private readonly bool _fenced;
    private Attempt? _attempt;
    private SettleOutcome _outcome;

    public SettleCommand(Attempt attempt, Settlement settlement, bool fenced)
    {
        _attempt = attempt;
        _settlement = settlement;
        _fenced = fenced;
    }

    public SettleCommand(int ackId, string owner, Settlement settlement)
    {
        _ackId = ackId;
        _owner = owner;
        _settlement = settlement;
    }

    public Task<SettleOutcome> Task => _completion.Task;

    public override int Room(ShardCore core)
    {
        _attempt ??= core.Settling.FindAttempt(_ackId);
        if (_attempt is null) return 0;
        return _settlement.Kind is SettlementKind.Nack or SettlementKind.Reject ? RoomNeeds.ToSettle(_attempt) + 1024 : 256;
    }

    public override void Run(ShardCore core)
    {
        if (_attempt is null || (_owner is not null && _attempt.Owner != _owner))
        {
            core.Counters.UnknownAcks++;
            _outcome = SettleOutcome.Unknown;
            return;
        }

        _outcome = _settlement.Kind switch
        {
            SettlementKind.Ack => core.Settling.Acknowledge(_attempt, _fenced),
            SettlementKind.Nack => core.Settling.Negate(_attempt, _settlement.Delay, _settlement.Error),
            SettlementKind.Release => core.Settling.Release(_attempt),
            SettlementKind.Reject => core.Settling.Reject(_attempt, _settlement.Error),
            _ => core.Settling.Extend(_attempt, _settlement.Delay),
        };
    }

    public override void Complete() => _completion.TrySetResult(_outcome);

    public override void Fail(Exception failure) => _completion.TrySetException(failure);
}
