using Stork.Queues.Journal;
using Stork.Queues.State;

namespace Stork.Queues.Maintenance;

/// <summary>Builds the state from what a scan finds, and notes records that say what cannot be.</summary>
internal sealed class StateReplay : IJournalReplay
{
    private readonly LiveBytes _live = new();
    private readonly RecordApplier _applier;
    private uint _segment;

    public StateReplay()
    {
        State = new ShardState(_live, AckIdRange.ForShard(0, 1));
        _applier = new RecordApplier(State);
    }

    public ShardState State { get; }

    /// <summary>The first record that cannot be understood; empty: all can.</summary>
    public string Misunderstood { get; private set; } = "";

    public RecordAddress MisunderstoodAt { get; private set; }

    public long LiveBytesOf(uint segment) => _live[segment];

    public void BeginFrame(long wallClock) => _applier.BeginFrame(wallClock);

    public void Apply(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        if (_segment == 0) _segment = address.Segment - 1;
        while (_segment < address.Segment) _live.AddSegment(++_segment);
        if (Misunderstood.Length > 0) return;
        try
        {
            _applier.Apply(record, address);
        }
        catch (Exception failure) when (failure is InvalidDataException or ArgumentException or IndexOutOfRangeException
            or OverflowException)
        {
            Misunderstood = $"a record cannot be read: {failure.Message}";
            MisunderstoodAt = address;
        }
    }

    /// <summary>Looks at the whole; empty: it fits together.</summary>
    public string End()
    {
        try
        {
            _applier.EndReplay();
            return "";
        }
        catch (JournalDamagedException damage)
        {
            return damage.What;
        }
    }
}
