namespace Stork.Timing;

/// <summary>
/// One timer for all heartbeats, connect timeouts and acknowledgement timeouts of a server: a hashed wheel of <see cref="SlotCount"/>
/// slots. Scheduling and cancelling are O(1); a step of the hand touches only the entries of one slot.
/// </summary>
/// <remarks>
/// Nothing fires early; everything fires at most one <see cref="Tick"/> late, apart from what the timer is late itself. The timer stops
/// while nothing is scheduled. A tick of 25 ms costs nothing that could be measured, one of a millisecond about a hundredth of a core: only
/// waits that are short themselves are worth it.
/// </remarks>
internal sealed class TimerWheel : IDisposable
{
    internal const int NoSlot = -1;
    internal const int SlotCount = 1024;
    internal static readonly TimeSpan LongestTick = TimeSpan.FromMilliseconds(25);

    /// <summary>Waits are at most a two hundredth longer than asked for, within what a timer can do.</summary>
    private const int TicksPerWait = 200;

    private readonly Lock _gate = new();
    private readonly WheelEntry?[] _slots = new WheelEntry?[SlotCount];
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Action<Exception>? _onError;
    private readonly long _start;
    private long _hand;
    private int _count;
    private bool _running;
    private bool _disposed;

    /// <param name="time">The clock.</param>
    /// <param name="onError">Told what an entry throws; neither the other entries nor the process suffer from it.</param>
    /// <param name="shortestWait">The shortest wait that should be kept well; null if 25 ms more or less do not matter to any.</param>
    public TimerWheel(TimeProvider time, Action<Exception>? onError = null, TimeSpan? shortestWait = null)
    {
        _time = time;
        _onError = onError;
        var wanted = Math.Floor((shortestWait ?? TimeSpan.MaxValue).TotalMilliseconds / TicksPerWait);
        Tick = TimeSpan.FromMilliseconds(Math.Clamp(wanted, 1, LongestTick.TotalMilliseconds));
        _start = time.GetTimestamp();
        _timer = time == TimeProvider.System && Tick < FineTimer.LongestPeriod
            ? new FineTimer(AdvanceOnPool)
            : time.CreateTimer(static state => ((TimerWheel)state!).Advance(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How late an entry may be called. Whole milliseconds, as timers know no others.</summary>
    public TimeSpan Tick { get; }

    /// <summary>Number of entries that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    /// <summary>Calls <paramref name="entry"/> after <paramref name="delay"/>; an entry that already waits is moved.</summary>
    public void Schedule(WheelEntry entry, TimeSpan delay) => Insert(entry, delay, isNext: false);

    /// <summary>As <see cref="Schedule"/>, for an entry that is being called: what it was called late, up to a tick or a twentieth
    /// of the delay, does not add to the next one.</summary>
    public void ScheduleNext(WheelEntry entry, TimeSpan delay) => Insert(entry, delay, isNext: true);

    /// <summary>Calls an entry here and now if its time has come, though the hand has not; false if it has not.</summary>
    public bool CallIfDue(WheelEntry entry)
    {
        lock (_gate)
        {
            if (_disposed || entry.Slot == NoSlot || entry.DueTick > CurrentTick()) return false;
            Unlink(entry);
        }

        Call(entry);
        return true;
    }

    /// <summary>Takes <paramref name="entry"/> off the wheel; nothing happens if it does not wait.</summary>
    public void Cancel(WheelEntry entry)
    {
        lock (_gate) Unlink(entry);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Array.Clear(_slots);
            _count = 0;
        }

        _timer.Dispose();
    }

    private void Insert(WheelEntry entry, TimeSpan delay, bool isNext)
    {
        lock (_gate)
        {
            if (_disposed) return;
            Unlink(entry);
            var elapsed = _time.GetElapsedTime(_start).Ticks;
            var from = isNext ? Math.Clamp(entry.DueTick * Tick.Ticks, elapsed - Math.Max(Tick.Ticks, delay.Ticks / 20), elapsed) : elapsed;
            if (!_running)
            {
                _hand = elapsed / Tick.Ticks;
                _running = true;
                // At the borders between ticks, or just behind: timers know whole milliseconds only.
                var toBorder = Tick - TimeSpan.FromTicks(elapsed % Tick.Ticks);
                _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(toBorder.TotalMilliseconds)), Tick);
            }

            // Rounded up: nothing may fire early.
            var due = from + Math.Clamp(delay.Ticks, 0, long.MaxValue - elapsed - Tick.Ticks);
            entry.DueTick = Math.Max((due + Tick.Ticks - 1) / Tick.Ticks, _hand + 1);
            Link(entry, (int)(entry.DueTick % SlotCount));
        }
    }

    private void Advance() => CallAll(RemoveDue());

    private void AdvanceOnPool()
    {
        if (RemoveDue() is { } due) ThreadPool.UnsafeQueueUserWorkItem(CallAll, due, preferLocal: false);
    }

    private List<WheelEntry>? RemoveDue()
    {
        List<WheelEntry>? due = null;
        lock (_gate)
        {
            if (_disposed) return null;
            var now = CurrentTick();
            // After a long pause (debugger, suspended machine) one pass over every slot is enough.
            var first = Math.Max(_hand + 1, now - SlotCount + 1);
            for (var tick = first; tick <= now; tick++) CollectDue((int)(tick % SlotCount), now, ref due);
            _hand = Math.Max(_hand, now);
            if (_count == 0)
            {
                _running = false;
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        return due;
    }

    private void CallAll(List<WheelEntry>? due)
    {
        foreach (var entry in due ?? []) Call(entry);
    }

    private void Call(WheelEntry entry)
    {
        try
        {
            entry.OnDue();
        }
        catch (Exception exception)
        {
            _onError?.Invoke(exception);
        }
    }

    private void CollectDue(int slot, long now, ref List<WheelEntry>? due)
    {
        for (WheelEntry? entry = _slots[slot], next; entry is not null; entry = next)
        {
            next = entry.Next;
            if (entry.DueTick > now) continue;
            Unlink(entry);
            (due ??= []).Add(entry);
        }
    }

    private long CurrentTick() => _time.GetElapsedTime(_start).Ticks / Tick.Ticks;

    private void Link(WheelEntry entry, int slot)
    {
        var head = _slots[slot];
        entry.Slot = slot;
        entry.Previous = null;
        entry.Next = head;
        if (head is not null) head.Previous = entry;
        _slots[slot] = entry;
        _count++;
    }

    private void Unlink(WheelEntry entry)
    {
        if (entry.Slot == NoSlot) return;
        if (entry.Previous is null) _slots[entry.Slot] = entry.Next;
        else entry.Previous.Next = entry.Next;
        if (entry.Next is not null) entry.Next.Previous = entry.Previous;
        entry.Next = entry.Previous = null;
        entry.Slot = NoSlot;
        _count--;
    }
}
