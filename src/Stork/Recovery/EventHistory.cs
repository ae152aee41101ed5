namespace Stork.Recovery;

/// <summary>The events of the last minutes, in one order over all namespaces, and the numbers that make this order.</summary>
/// <remarks>
/// Invariant: numbers only rise, and an event stands on its trails in the order of its number. So events are forgotten from one end,
/// here and on every trail, and a trail knows by one number how far it has been forgotten. The log's lock guards it.
/// </remarks>
internal sealed class EventHistory(ConnectionStateRecoveryOptions options, TimeSpan retention, LogClock clock) : IDisposable
{
    /// <summary>More than a process can give out while one write to the operating system is under way.</summary>
    private const long SequenceGap = 1L << 20;

    private readonly Queue<LoggedEvent> _events = new();
    private readonly long _retention = (long)retention.TotalMilliseconds;
    private long _bytes;

    /// <summary>Writes and reads positions as clients see them.</summary>
    public OffsetCodec Offsets { get; private set; } = new(OffsetCodec.NewSecret());

    /// <summary>The number of the last event.</summary>
    public long Last { get; private set; }

    /// <summary>The number of the last event that was forgotten, of whatever trail.</summary>
    public long ForgottenTo { get; private set; }

    public int Count => _events.Count;

    /// <summary>The number of a new event.</summary>
    public long Next() => ++Last;

    /// <summary>A number that the former process has used.</summary>
    public long Reach(long sequence)
    {
        Last = Math.Max(Last, sequence);
        return sequence;
    }

    /// <summary>Leaves out the numbers that the former process may have given out without having written them.</summary>
    public void SkipUnwritten() => Last += SequenceGap;

    /// <summary>Keeps a new event.</summary>
    public void Add(LoggedEvent logged)
    {
        Load(logged);
        Forget();
    }

    /// <summary>Keeps an event as the former process did.</summary>
    public void Load(LoggedEvent logged)
    {
        _events.Enqueue(logged);
        _bytes += Weight(logged);
        foreach (var trail in logged.Trails) trail.Add(logged);
    }

    /// <summary>Forgets events that are too old, too many or too large.</summary>
    public void Forget()
    {
        var before = clock.Now - _retention;
        while (_events.TryPeek(out var oldest)
            && (oldest.Time < before || _events.Count > options.MaxLogEvents || _bytes > options.MaxLogBytes))
        {
            _events.Dequeue();
            _bytes -= Weight(oldest);
            ForgottenTo = oldest.Sequence;
            foreach (var trail in oldest.Trails)
            {
                trail.Forget(oldest);
                if (trail.Room is not null) oldest.Namespace.Close(trail);
            }
        }
    }

    public LoggedEvent[] ToArray() => [.. _events];

    /// <summary>Goes on with the offsets of the former process.</summary>
    public void Continue(ReadOnlySpan<byte> secret, long sequence)
    {
        Offsets.Dispose();
        Offsets = new OffsetCodec(secret);
        Last = sequence;
    }

    /// <summary>Begins anew, with offsets that no client has.</summary>
    public void Reset()
    {
        _events.Clear();
        (_bytes, ForgottenTo) = (0, 0);
        Continue(OffsetCodec.NewSecret(), sequence: 0);
    }

    public void Dispose() => Offsets.Dispose();

    /// <summary>What an event costs in memory, roughly.</summary>
    private static long Weight(LoggedEvent logged) => logged.Packet.Length + (logged.Packet.WithoutOffset?.Length ?? 0) + 200;
}
