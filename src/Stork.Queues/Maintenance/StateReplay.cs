using Stork.Queues.Core;
using Stork.Shared.Disk;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Maintenance;

/// <summary>Builds the state from what a scan finds, and notes records that say what cannot be.</summary>
internal sealed class StateReplay : IJournalReplay, IDisposable
{
    private readonly JournalLog _journal;
    private uint _segment;

    public StateReplay(IDisk disk, Guid store)
    {
        _journal = new JournalLog(disk, store, QueueStoreOptions.MinSegmentSize, background: false);
        Core = new ShardCore(_journal, AckIdRange.ForShard(0, 1), 0, static (_, _) => null);
        Core.BeginRecovery();
    }

    public ShardCore Core { get; }

    /// <summary>The first record that cannot be understood; empty: all can.</summary>
    public string Misunderstood { get; private set; } = "";

    public RecordAddress MisunderstoodAt { get; private set; }

    public long LiveBytes(uint segment) => _journal.Segments.FirstOrDefault(s => s.Id == segment)?.Live ?? 0;

    public void BeginFrame(long wallClock) => Core.BeginFrame(wallClock);

    public void Apply(ReadOnlySpan<byte> record, in RecordAddress address)
    {
        if (_segment == 0) _segment = address.Segment - 1;
        while (_segment < address.Segment) _journal.AddRecovered(new Segment(++_segment, 0, 0, NoFile.Instance));
        if (Misunderstood.Length > 0) return;
        try
        {
            Core.Apply(record, address);
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
            Core.EndRecovery();
            return "";
        }
        catch (JournalDamagedException damage)
        {
            return damage.What;
        }
    }

    public void Dispose() => _journal.Dispose();

    /// <summary>The state is built without looking at the files again.</summary>
    private sealed class NoFile : IDiskFile
    {
        public static readonly NoFile Instance = new();

        public long Length => 0;

        public int Read(long offset, Span<byte> buffer) => 0;

        public void Write(long offset, ReadOnlySpan<byte> data) => throw new NotSupportedException();

        public void Sync() => throw new NotSupportedException();

        public void Dispose()
        {
            // Nothing is open.
        }
    }
}
