namespace Stork.Timing;

/// <summary>
/// One timer for all heartbeats, connect timeouts and acknowledgement timeouts of a server: a hashed wheel of <see cref="SlotCount"/> slots.
/// Scheduling and cancelling are O(1); a turn of the hand touches only the entries of one slot.
/// </summary>
/// <remarks>Nothing fires early; everything fires at most one <see cref="Tick"/> late, apart from what the timer is late itself. The timer stops while nothing is scheduled.</remarks>
internal sealed class TimerWheel : IDisposable
{
    internal const int NoSlot = -1;
    internal const int SlotCount = 1024;
    internal static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(25);

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
    public TimerWheel(TimeProvider time, Action<Exception>? onError = null)
    {
        _time = time;
        _onError = onError;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((TimerWheel)state!).Turn(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Number of entries that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    /// <summary>Calls <paramref name="entry"/> after <paramref name="delay"/>; an entry that already waits is moved.</summary>
    public void Schedule(WheelEntry entry, TimeSpan delay)
    {
        lock (_gate)
        {
            if (_disposed) return;
            Unlink(entry);
            var elapsed = _time.GetElapsedTime(_start).Ticks;
            if (!_running)
            {
                _hand = elapsed / Tick.Ticks;
                _running = true;
                // At the borders between ticks, or just behind: timers know whole milliseconds only.
                _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling((Tick - TimeSpan.FromTicks(elapsed % Tick.Ticks)).TotalMilliseconds)), Tick);
            }

            // Rounded up: nothing may fire early.
            var due = elapsed + Math.Clamp(delay.Ticks, 0, long.MaxValue - elapsed - Tick.Ticks);
            entry.DueTick = Math.Max((due + Tick.Ticks - 1) / Tick.Ticks, _hand + 1);
            Link(entry, (int)(entry.DueTick % SlotCount));
        }
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

    private void Turn()
    {
        List<WheelEntry>? due = null;
        lock (_gate)
        {
            if (_disposed) return;
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

        if (due is null) return;
        foreach (var entry in due)
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
