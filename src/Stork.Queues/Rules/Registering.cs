using Stork.Queues.Records;
using Stork.Queues.State;

namespace Stork.Queues.Rules;

/// <summary>The devices of inboxes with a position per device.</summary>
internal sealed class Registering(RuleContext context, Ending ending)
{
    /// <summary>The device of that name, which is registered with a record if it is new.</summary>
    public Device Register(QueueState queue, string name, DeviceStart start)
    {
        var devices = queue.Work?.Devices;
        if (devices?.Find(name) is { } known) return known;
        if (devices?.Count >= DeviceRecord.MaxDevices)
            throw new QueueException(QueueErrorCode.Invalid, $"An inbox can have {DeviceRecord.MaxDevices} devices.");
        var index = 1 + (devices is { Count: > 0 } ? devices.Max(static d => d.Index) : 0);
        var change = start == DeviceStart.All ? DeviceChange.RegisteredWithAll : DeviceChange.Registered;
        var record = new DeviceRecord(queue.Id, index, change, start == DeviceStart.New ? queue.NextSequence : 0, name)
        {
            LastActive = context.State.Now,
        };
        if (start == DeviceStart.All)
        {
            DevicePosition[] others = [.. devices?.Select(static d => new DevicePosition(d.Index, d.Start)) ?? []];
            record = record with { Restored = Operating.CountSeekable(queue, 0, context.State.Now), Others = others };
        }

        context.Emitter.Emit(record, SyncClass.Fsync);
        return queue.Work!.Devices!.Newest;
    }

    /// <summary>Says the device anew, as last there at a time.</summary>
    public void Restate(QueueState queue, Device device, long lastActive) => Emit(queue, device, DeviceChange.Registered, lastActive);

    /// <summary>
    /// Forgets a device; what only it had not acknowledged is settled. False: there is no such device; null: there was no room to settle
    /// all, and it must be called again.
    /// </summary>
    public bool? Unregister(QueueState queue, string name)
    {
        if (queue.Work?.Devices?.Find(name) is not { } device) return false;
        CloseConsumers(queue, device);
        var others = queue.Work!.Devices!.Without(device);
        for (var i = 0; others.Count > 0 && i < queue.Entries.Count;)
        {
            var sequence = queue.Entries.SequenceAt(i);
            if (queue.Entries.At(i).State is not (MessageState.None or MessageState.Retained) && !others.Exists(d => d.Wants(sequence)))
            {
                if (!context.Emitter.Fits(RoomNeeds.Settle)) return null;
                ending.End(queue, sequence, SettleKind.Acked);
            }

            i = queue.Entries.LowerBound(sequence + 1);
        }

        if (!context.Emitter.Fits(RoomNeeds.Device)) return null;
        Emit(queue, device, DeviceChange.Removed, device.LastActive);
        return true;
    }

    /// <summary>Ends the consumers of a device. What they have goes back with the record that removes the device.</summary>
    private static void CloseConsumers(QueueState queue, Device device)
    {
        ref var work = ref queue.Work!.Volatile;
        var detached = work.Detached?.FindAll(c => c.Device == device) ?? [];
        foreach (var consumer in (ConsumerState[])[.. work.Consumers.OfDevice(device), .. detached])
        {
            consumer.Closed = true;
            work.Consumers.Remove(consumer);
            work.Detached?.Remove(consumer);
            consumer.Sink.Close(null);
        }
    }

    private void Emit(QueueState queue, Device device, DeviceChange change, long lastActive)
    {
        var record = new DeviceRecord(queue.Id, device.Index, change, device.Start, device.Name) { LastActive = lastActive };
        context.Emitter.Emit(record, SyncClass.Fsync);
    }
}
