using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

/// <summary>Queues and devices that nobody has used for long go, with their memory and what the journal keeps of them.</summary>
internal sealed partial class ShardCore
{
    /// <summary>Queues that are looked at in one turn.</summary>
    private const int IdleLooksPerTurn = 4096;

    /// <summary>The first look comes this much sooner after the start than the others after one another.</summary>
    private const int FirstLookShare = 12;

    /// <summary>Use that leaves no record otherwise is recorded once in this time, so that a restart does not forget it.</summary>
    private const long ActivityInterval = 24 * 60 * 60_000L;

    private readonly Stack<uint> _freeIds = new();
    private long _idleLookAt;
    private int _idleCursor = 1;

    /// <summary>Milliseconds from one look for idle queues to the next.</summary>
    public long IdleInterval { get; init; } = 60 * 60_000;

    private void LookForIdle()
    {
        if (_idleLookAt == 0) _idleLookAt = Now + (IdleInterval / FirstLookShare);
        if (Now < _idleLookAt) return;
        var until = Math.Min(_queues.Count, _idleCursor + IdleLooksPerTurn);
        for (; _idleCursor < until; _idleCursor++)
            if (_queues[_idleCursor] is { } queue && !EndIdle(queue)) return;
        Steps++;
        if (_idleCursor < _queues.Count) return;
        _idleCursor = 1;
        _idleLookAt = Now + IdleInterval;
    }

    /// <summary>False if there was no room for the records.</summary>
    private bool EndIdle(QueueState queue)
    {
        if (queue.Work?.Devices is { Count: > 0 } devices && OptionsOf(queue).RemoveIdleDeviceAfter is { } patience)
        {
            foreach (var device in devices.FindAll(d => Now - d.LastActive >= (long)patience.TotalMilliseconds && !IsConnected(queue, d)))
                if (Unregister(queue, device.Name) is null) return false;
        }

        if (!IsUnused(queue) || OptionsOf(queue).RemoveIdleAfter is not { } limit) return true;
        if (Now - Entry.ExpiryMilliseconds(queue.LastActive) < (long)limit.TotalMilliseconds) return true;
        if (!Fits(64)) return false;
        Emit(new RemoveRecord(queue.Id), SyncClass.Lazy);
        return true;
    }

    private static bool IsConnected(QueueState queue, Device device) =>
        queue.Work!.Consumers.OfDevice(device).Length > 0 || queue.Work.Detached?.Exists(c => c.Device == device) == true;

    /// <summary>Nothing is in it, nobody is connected, and only numbers of producers are remembered.</summary>
    private static bool IsUnused(QueueState queue)
    {
        if (queue.Paused || queue.Entries.Live > 0) return false;
        return queue.Work is not { } work
            || (work.Consumers.Count == 0 && work.Extras.Count == 0 && work.Late is null or { Count: 0 } && work.Dedup is null
                && work.Devices is null or { Count: 0 } && work.Detached is null or { Count: 0 });
    }

    private void ApplyRemove(uint id)
    {
        if (id >= _queues.Count || _queues[(int)id] is not { } queue) return;
        WriteOnce(queue);
        _remembered -= (queue.Work?.Producers?.Count ?? 0) + (queue.Work?.Dedup?.Count ?? 0);
        if (queue.HasName) _names.Remove(queue);
        _queues[(int)id] = null;
        if (!_replaying) _freeIds.Push(id);
    }

    /// <summary>Ids that can be given out again, lowest first. Records of a former queue are all before the one that removed it.</summary>
    private void FindFreeIds()
    {
        _freeIds.Clear();
        for (var id = _queues.Count - 1; id > 0; id--)
            if (_queues[id] is null) _freeIds.Push((uint)id);
    }

    /// <summary>A queue was used: as far as records tell. Seconds, in the way of <see cref="Entry.Expiry"/>.</summary>
    private void Touch(QueueState queue) => queue.LastActive = Math.Max(queue.LastActive, Entry.ExpirySeconds(Now));

    /// <summary>Somebody came or went, which by itself leaves no record.</summary>
    private void NoteActivity(QueueState queue, Device? device)
    {
        var options = OptionsOf(queue);
        if (options.RemoveIdleAfter is not null && Now - Entry.ExpiryMilliseconds(queue.LastActive) >= ActivityInterval)
        {
            Touch(queue);
            EmitQueue(queue);
        }

        if (device is null || options.RemoveIdleDeviceAfter is null || Now - device.LastActive < ActivityInterval) return;
        device.LastActive = Now;
        EmitDevice(queue, device, DeviceChange.Registered);
    }
}
