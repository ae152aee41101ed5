using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Stork.Queues.Records;

namespace Stork.Queues.State;

/// <summary>
/// One queue. There may be a million of them, so what most do not need at a given moment hangs off <see cref="Work"/>.
/// </summary>
[DebuggerDisplay("{Kind} {Name}: {Ready} ready, {Scheduled} scheduled, {InFlight} in flight")]
internal sealed class QueueState(uint id)
{
    /// <summary>Named so that it is not copied by accident: it is a struct to save an object per queue.</summary>
    public EntryTable Entries;

    public readonly uint Id = id;

    [Durable]
    public bool Paused;

    /// <summary>Whether the queue waits to be looked at for deliveries.</summary>
    public bool Dirty;

    /// <summary>The segment with the record that brings this queue back.</summary>
    [Durable]
    public uint StateSegment;

    /// <summary>No message expires before this second; 0: none expires.</summary>
    public uint MinExpiry;

    /// <summary>When it was used last, in the way of <see cref="Entry.Expiry"/>.</summary>
    [Durable]
    public uint LastActive;

    [Durable]
    public long NextSequence = 1;

    /// <summary>Bytes of unsettled messages.</summary>
    [Durable]
    public long Bytes;

    [Durable]
    public long Acked;

    public QueueOptions? Options;

    [Durable]
    public SettledTotals? Others;

    public QueueWork? Work;

    /// <summary>How many have ended, and how.</summary>
    [Durable]
    public QueueTotals Totals
    {
        get => Others is { } others
            ? new QueueTotals(Acked, others.Expired, others.Dropped, others.DeadLettered, others.Purged, others.Redriven)
            : new QueueTotals(Acked, 0, 0, 0, 0, 0);
        set
        {
            Acked = value.Acked;
            Others = value with { Acked = 0 } == default ? null : new SettledTotals
            {
                Expired = value.Expired,
                Dropped = value.Dropped,
                DeadLettered = value.DeadLettered,
                Purged = value.Purged,
                Redriven = value.Redriven,
            };
        }
    }

    private QueueName _name;

    private byte _kind;

    [Durable]
    public QueueKind Kind
    {
        get => (QueueKind)_kind;
        set => _kind = checked((byte)value);
    }

    public bool HasName => !_name.IsEmpty;

    /// <summary>Made anew with each call.</summary>
    public string Name => _name.ToString();

    public ReadOnlySpan<byte> Utf8Name => _name.Utf8;

    public int InFlight => Work?.InFlight ?? 0;

    public int Scheduled => Work?.Scheduled ?? 0;

    public int Retained => Work?.Retained ?? 0;

    public int Ready => Entries.Live + (Work?.Late?.Count ?? 0) - InFlight - Scheduled - Retained;

    /// <summary>Ready, scheduled and in flight: what the limits count.</summary>
    public int Unsettled => Entries.Live - Retained;

    [Durable]
    public void SetName(QueueName name) => _name = name;

    public QueueWork Busy => Work ??= new QueueWork();

    /// <summary>The entry of a message, or a null reference.</summary>
    public ref Entry Find(long sequence)
    {
        ref var entry = ref Entries.Find(sequence);
        if (Unsafe.IsNullRef(ref entry) && Work?.Late is { Count: > 0 } late)
            return ref CollectionsMarshal.GetValueRefOrNullRef(late, sequence);
        return ref entry;
    }

    public MessageExtra? Extra(long sequence) => Work is not null && Work.Extras.TryGet(sequence, out var extra) ? extra : null;

    /// <summary>The oldest message that is not out at a consumer; 0: none.</summary>
    public long FindHead()
    {
        for (var i = 0; i < Entries.Count; i++)
            if (Entries.At(i).State is MessageState.Ready or MessageState.Scheduled) return Entries.SequenceAt(i);
        return 0;
    }

    /// <summary>Lets go of <see cref="Work"/> when nothing is in it.</summary>
    public void Trim()
    {
        if (Work is null) return;
        if (Entries.Live == 0 && Work.Late is null or { Count: 0 })
        {
            Work.Collapse = null;
            Work.Volatile.Line.Clear();
        }

        if (!Work.IsIdle) return;
        Work = null;
        Entries.TrimExcess();
    }
}
