using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>
/// The state machine of one shard: no threads, no clock, no I/O of its own. Commands look at the state and emit records; a record changes
/// the state by <see cref="Apply"/>, the same at run time and in recovery, from the same bytes. What is to be told to anyone is collected
/// and leaves only when the shard says that the records are as durable as their class demands.
/// </summary>
internal sealed partial class ShardCore : IJournalReplay
{
    /// <summary>Queues a shard may have, with the inboxes.</summary>
    public const int MaxQueues = 16_000_000;

    /// <summary>What a restated message may need beyond its own size: delivery state, dead-letter information, texts.</summary>
    public const int MessageOverhead = 24 * 1024;

    private readonly LiveBytes _live;
    private IJournal _journal = null!;
    private FrameBuilder _frame = null!;
    private readonly FrameBuilder _scratch = new();
    private readonly Func<QueueKind, string, QueueOptions?> _configure;
    private readonly List<QueueState?> _queues = [null];
    private readonly QueueNames _names;
    private readonly Dictionary<int, Attempt> _attempts = [];
    private readonly SplitMix _random;
    private readonly AckIdRange _ackIds;
    private bool _replaying;

    public ShardCore(LiveBytes live, AckIdRange ackIds, ulong seed, Func<QueueKind, string, QueueOptions?> configure)
    {
        _live = live;
        _ackIds = ackIds;
        _random = new SplitMix(seed);
        _configure = configure;
        _names = new QueueNames(_queues);
        _scratch.Use(new byte[MessageOverhead * 2]);
    }

    /// <summary>From here on records are emitted, into the log that recovery has led to.</summary>
    public void WriteTo(IJournal journal)
    {
        _journal = journal;
        _frame = journal.Frame;
    }

    /// <summary>The shard's time in Unix milliseconds: never goes back.</summary>
    public long Now { get; private set; }

    /// <summary>Milliseconds that no clock change touches and that stand still when the process does: for leases.</summary>
    public long Monotonic { get; private set; }

    /// <summary>The strictest class among the records of this turn.</summary>
    public SyncClass Need { get; private set; }

    /// <summary>Something of this turn wants everything so far on the disk, whatever its records need.</summary>
    public bool SyncNow { get; set; }

    public IEnumerable<QueueState> Queues => _queues.Where(static q => q is { HasName: true })!;

    public int AttemptCount => _attempts.Count;

    public ShardCounters Counters { get; } = new();

    public List<HandOut> HandOuts { get; } = [];

    /// <summary>Who is to be told, behind the deliveries, that nothing more waits.</summary>
    public List<IDeliverySink> CaughtUp { get; } = [];

    /// <summary>The wall clock, which may jump.</summary>
    public WallTime Wall { get; } = new();

    /// <summary>What became a dead letter.</summary>
    public List<BuriedMessage> Buried { get; } = [];

    public void BeginTurn(long now, long monotonic, long wall)
    {
        Now = Math.Max(Now, now);
        Wall.Now = wall;
        Monotonic = Math.Max(Monotonic, monotonic);
        Need = SyncClass.None;
        SyncNow = false;
        Wanted = 0;
    }

    public QueueState? Find(QueueAddress address)
    {
        if (address.Known is { } known && known.Id < _queues.Count && _queues[(int)known.Id] == known) return known;
        return address.Known = _names.Find(address.Kind, address.Utf8Name);
    }

    public QueueState Get(uint id) => _queues[(int)id]!;

    /// <summary>The queue with that id; null if it is gone.</summary>
    private QueueState? Peek(ulong id) => id < (ulong)_queues.Count ? _queues[(int)id] : null;

    public QueueOptions OptionsOf(QueueState queue)
    {
        if (queue.Options is { } known) return known;
        try
        {
            return queue.Options = OptionsFor(queue.Kind, queue.Name);
        }
        catch (QueueException)
        {
            // What it holds must not wait for an application that is mistaken about one queue, nor everybody else.
            return queue.Options = Default(queue.Kind);
        }
    }

    /// <summary>What the application wants of a queue that may yet have to be made.</summary>
    /// <exception cref="QueueException">Its answer cannot be used.</exception>
    private QueueOptions OptionsFor(QueueKind kind, string name)
    {
        var options = _configure(kind, name) ?? Default(kind);
        options.Validate();
        return options;
    }

    /// <summary>The most room that something of this turn needed and did not get; 0: all had what it needed. The next turn sees to it.</summary>
    public int Wanted { get; private set; }

    /// <summary>Counts what was done without a record, so that a turn that did nothing at all can be told.</summary>
    public long Steps { get; private set; }

    public bool Fits(int bytes)
    {
        if (_frame.Room >= bytes) return true;
        Wanted = Math.Max(Wanted, bytes);
        return false;
    }

    private static QueueOptions Default(QueueKind kind) => kind switch
    {
        QueueKind.Inbox => QueueOptions.Inbox,
        QueueKind.DeadLetter => QueueOptions.DeadLetters,
        _ => QueueOptions.Work,
    };

    /// <summary>The queue of that name, which comes into being with a record if it is new.</summary>
    public QueueState GetOrDefine(QueueAddress address)
    {
        if (Find(address) is { } known) return known;
        var id = _freeIds.TryPop(out var free) ? free : (uint)_queues.Count;
        EmitQueue(new QueueState(id) { Kind = address.Kind, LastActive = Entry.ExpirySeconds(Now) }, address.Utf8Name);
        return Find(address)!;
    }

    private void EmitQueue(QueueState queue) => EmitQueue(queue, queue.Utf8Name);

    private void EmitQueue(QueueState queue, ReadOnlySpan<byte> name)
    {
        Emit(
            new QueueRecord
            {
                Queue = queue.Id,
                Kind = queue.Kind,
                Name = name,
                NextSequence = queue.NextSequence,
                Paused = queue.Paused,
                Totals = queue.Totals,
                LastActive = queue.LastActive,
            },
            SyncClass.Fsync);
    }

    /// <summary>Writes a record and applies the very bytes of it.</summary>
    private void Emit<T>(in T record, SyncClass need)
        where T : struct, IRecord, allows ref struct
    {
        var address = record.Write(_frame);
        if (need > Need) Need = need;
        Apply(_frame.LastRecord, address);
    }

    private Guid NewId()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, (Now + Wall.Shift) << 16);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)(0x7000 | (_random.Next() & 0xFFF)));
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(
            bytes[8..], (_random.Next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000);
        return new Guid(bytes, bigEndian: true);
    }
}
