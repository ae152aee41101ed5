using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>Queues and devices that nobody has used for long go, with their memory and what the journal keeps of them.</summary>
/// <param name="context">What it works with.</param>
/// <param name="registering">Removes devices.</param>
/// <param name="interval">Milliseconds from one look for idle queues to the next.</param>
internal sealed class RemovingIdle(RuleContext context, Registering registering, long interval)
{
    /// <summary>Queues that are looked at in one turn.</summary>
    private const int LooksPerTurn = 4096;

    /// <summary>The first look comes this much sooner after the start than the others after one another.</summary>
    private const int FirstLookShare = 12;

    /// <summary>Use that leaves no record otherwise is recorded once in this time, so that a restart does not forget it.</summary>
    private const long ActivityInterval = 24 * 60 * 60_000L;

    private readonly ShardState _state = context.State;
    private uint _next = 1;

    /// <summary>When the next look is due; 0: at once.</summary>
    public long NextLook { get; private set; }

    /// <summary>Goes on looking; a few queues in each turn.</summary>
    public void LookForIdle()
    {
        if (NextLook == 0) NextLook = _state.Now + (interval / FirstLookShare);
        if (_state.Now < NextLook) return;
        var until = Math.Min(_state.IdEnd, _next + LooksPerTurn);
        for (; _next < until; _next++)
            if (_state.Peek(_next) is { } queue && !EndIdle(queue)) return;
        context.Volatile.Steps++;
        if (_next < _state.IdEnd) return;
        _next = 1;
        NextLook = _state.Now + interval;
    }

    /// <summary>Somebody came or went, which by itself leaves no record.</summary>
    public void RecordActivity(QueueState queue, Device? device)
    {
        var options = context.Queues.OptionsOf(queue);
        if (options.RemoveIdleAfter is not null && _state.Now - Entry.ExpiryMilliseconds(queue.LastActive) >= ActivityInterval)
            context.Queues.Restate(queue, queue.NextSequence, queue.Totals, Entry.ExpirySeconds(_state.Now));
        if (device is null || options.RemoveIdleDeviceAfter is null || _state.Now - device.LastActive < ActivityInterval) return;
        registering.Restate(queue, device, _state.Now);
    }

    /// <summary>False if there was no room for the records.</summary>
    private bool EndIdle(QueueState queue)
    {
        // What the application wants is asked last: of most queues nobody need know it.
        if (queue.Work?.Devices is { Count: > 0 } devices && context.Queues.OptionsOf(queue).RemoveIdleDeviceAfter is { } patience)
        {
            foreach (var device in devices.ToArray())
            {
                if (_state.Now - device.LastActive < (long)patience.TotalMilliseconds || IsConnected(queue, device)) continue;
                if (registering.Unregister(queue, device.Name) is null) return false;
            }
        }

        if (!IsUnused(queue) || context.Queues.OptionsOf(queue).RemoveIdleAfter is not { } limit) return true;
        if (_state.Now - Entry.ExpiryMilliseconds(queue.LastActive) < (long)limit.TotalMilliseconds) return true;
        if (!context.Emitter.Fits(RoomNeeds.Remove)) return false;
        context.Emitter.Emit(new RemoveRecord(queue.Id), SyncClass.Lazy);
        return true;
    }

    private static bool IsConnected(QueueState queue, Device device) =>
        queue.Work is { } work
        && (work.Volatile.Consumers.OfDevice(device).Length > 0 || work.Volatile.Detached?.Exists(c => c.Device == device) == true);

    /// <summary>Nothing is in it, nobody is connected, and only numbers of producers are remembered.</summary>
    private static bool IsUnused(QueueState queue)
    {
        if (queue.Paused || queue.Entries.Live > 0) return false;
        return queue.Work is not { } work
            || (work.Volatile.Consumers.Count == 0 && work.Extras.Count == 0 && work.Late is null or { Count: 0 } && work.Dedup is null
                && work.Devices is null or { Count: 0 } && work.Volatile.Detached is null or { Count: 0 });
    }
}
