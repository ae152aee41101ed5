using System.Runtime.CompilerServices;
using Stork.Queues.Journal;
using Stork.Queues.Records;
using Stork.Shared;

namespace Stork.Queues.Core;

internal sealed partial class ShardCore
{
    /// <summary>The device of that name, which is registered with a record if it is new.</summary>
    public Device Register(QueueState queue, string name, DeviceStart start)
    {
        var devices = queue.Work?.Devices;
        var highest = 0;
        if (devices is not null)
        {
            foreach (var device in devices)
            {
                if (device.Name == name) return device;
                highest = Math.Max(highest, device.Index);
            }

            if (devices.Count >= DeviceRecord.MaxDevices)
                throw new QueueException(QueueErrorCode.Invalid, $"An inbox can have {DeviceRecord.MaxDevices} devices.");
        }

        EmitDevice(
            queue,
            new Device(highest + 1, name, start == DeviceStart.New ? queue.NextSequence : 0) { LastActive = Now },
            start == DeviceStart.All ? DeviceChange.RegisteredWithAll : DeviceChange.Registered);
        return queue.Work!.Devices![^1];
    }

    /// <summary>
    /// Forgets a device; what only it had not acknowledged is settled. False: there is no such device; null: there was no room to settle
    /// all, and it must be called again.
    /// </summary>
    public bool? Unregister(QueueState queue, string name)
    {
        var device = queue.Work?.Devices?.Find(d => d.Name == name);
        if (device is null) return false;
        Leave(queue, device);
        var others = queue.Work!.Devices!.FindAll(d => d != device);
        for (var i = 0; others.Count > 0 && i < queue.Entries.Count;)
        {
            var sequence = queue.Entries.SequenceAt(i);
            if (queue.Entries.At(i).State is not (MessageState.None or MessageState.Retained) && !others.Exists(d => d.Wants(sequence)))
            {
                if (!Fits(64)) return null;
                EmitSettle(queue, sequence, SettleKind.Acked);
            }

            i = queue.Entries.LowerBound(sequence + 1);
        }

        if (!Fits(1024)) return null;
        EmitDevice(queue, device, DeviceChange.Removed);
        return true;
    }

    /// <summary>Ends the consumers of a device. What they have goes back with the record that removes the device.</summary>
    private static void Leave(QueueState queue, Device device)
    {
        var work = queue.Work!;
        foreach (var consumer in (ConsumerState[])[.. work.Consumers.OfDevice(device), .. work.Detached?.FindAll(c => c.Device == device) ?? []])
        {
            consumer.Closed = true;
            work.Consumers.Remove(consumer);
            work.Detached?.Remove(consumer);
            consumer.Sink.Close(null);
        }
    }

    private void EmitDevice(QueueState queue, Device device, DeviceChange change)
    {
        var record = new DeviceRecord(queue.Id, device.Index, change, device.Start, device.Name) { LastActive = device.LastActive };
        if (change == DeviceChange.RegisteredWithAll)
        {
            var others = queue.Work?.Devices?.ConvertAll(static d => new DevicePosition(d.Index, d.Start)) ?? [];
            record = record with { Restored = CountSeekable(queue), Others = [.. others] };
        }

        Emit(record, SyncClass.Fsync);
    }

    private void ApplyDevice(in DeviceRecord record, in RecordAddress address)
    {
        var queue = GetOrAdd(record.Queue);
        var devices = queue.Busy.Devices ??= [];
        var index = record.Index;
        var known = devices.FindIndex(d => d.Index == index);
        if (record.Change == DeviceChange.Removed)
        {
            if (known >= 0) devices.RemoveAt(known);
            foreach (var sequence in queue.Busy.Extras.Sequences.ToArray())
                EndForDevice(queue, ref queue.Find(sequence), sequence, queue.Extra(sequence)!, index);
            queue.Trim();
            return;
        }

        if (known < 0)
        {
            known = devices.Count;
            devices.Add(new Device(index, "", record.Start));
        }

        var device = devices[known];
        device.Name = record.Name;
        device.Start = record.Start;
        device.LastActive = record.LastActive ?? Now;
        device.StateSegment = address.Segment;
        if (record.Change != DeviceChange.RegisteredWithAll) return;
        foreach (var other in record.Others)
            if (!devices.Exists(d => d.Index == other.Index)) devices.Add(new Device(other.Index, "", other.Start));
        GiveAll(queue, device, record.Restored);
    }

    /// <summary>Makes what is retained ready again, as acknowledged by every device but one.</summary>
    private void GiveAll(QueueState queue, Device device, long count)
    {
        var others = queue.Work!.Devices!.FindAll(d => d != device);
        for (var i = 0; i < queue.Entries.Count; i++)
            if (CanSeek(in queue.Entries.At(i))) Acknowledged(queue.Entries.SequenceAt(i));
        foreach (var (sequence, entry) in queue.Work.Late ?? [])
            if (CanSeek(in entry)) Acknowledged(sequence);
        ApplySeek(queue, 0, count);

        void Acknowledged(long sequence)
        {
            foreach (var other in others)
                if (sequence >= other.Start) other.Acked.Add(sequence);
        }
    }

    private void ApplyDeviceAck(QueueState queue, long sequence, int index)
    {
        var device = queue.Work?.Devices?.Find(d => d.Index == index);
        ref var entry = ref queue.Find(sequence);
        if (Unsafe.IsNullRef(ref entry)) return;
        if (device is null)
        {
            if (!_replaying) return;
            (queue.Busy.Devices ??= []).Add(device = new Device(index, "", 0));
        }

        device.Acked.Add(sequence);
        device.LastActive = Math.Max(device.LastActive, Now);
        if (queue.Extra(sequence) is { } extra) EndForDevice(queue, ref entry, sequence, extra, index);
        MarkDirty(queue);
    }

    /// <summary>What a device has of a message is done, for this device.</summary>
    private void EndForDevice(QueueState queue, ref Entry entry, long sequence, MessageExtra extra, int index)
    {
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
        {
            if (attempt.Device != index) continue;
            attempt.Live = false;
            attempt.Settled = true;
            Unlink(attempt);
        }

        if (!extra.HasLive && entry.State == MessageState.InFlight) BackToLine(queue, ref entry, sequence, extra, 0);
    }

    private static bool IsAckedByAll(QueueState queue, long sequence)
    {
        foreach (var device in queue.Work!.Devices!)
            if (device.Wants(sequence)) return false;
        return true;
    }
}
