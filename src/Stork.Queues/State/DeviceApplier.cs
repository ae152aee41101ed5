using System.Runtime.CompilerServices;
using Stork.Queues.Records;

namespace Stork.Queues.State;

/// <summary>Applies what records say about the devices of an inbox.</summary>
internal sealed class DeviceApplier(ShardState state, QueueApplier queues, Placement placement, OutcomeApplier outcomes)
{
    public void Change(in DeviceRecord record, uint segment)
    {
        var queue = queues.GetOrAdd(record.Queue);
        var devices = queue.Busy.Devices ??= new DeviceTable();
        if (record.Change == DeviceChange.Removed)
        {
            devices.Remove(record.Index);
            foreach (var sequence in queue.Busy.Extras.Sequences.ToArray())
                EndFor(record.Index, queue, ref queue.Find(sequence), sequence, queue.Extra(sequence)!);
            queue.Trim();
            return;
        }

        var device = devices.GetOrAdd(record.Index, record.Start);
        device.Name = record.Name;
        device.Start = record.Start;
        device.LastActive = record.LastActive ?? state.Now;
        device.StateSegment = segment;
        if (record.Change != DeviceChange.RegisteredWithAll) return;
        foreach (var other in record.Others) devices.GetOrAdd(other.Index, other.Start);
        GiveAll(queue, device, record.Restored);
    }

    public void Acknowledge(DeviceAckRecord record)
    {
        var queue = queues.Use(record.Queue);
        var device = queue.Work?.Devices?.Find(record.Device);
        ref var entry = ref queue.Find(record.Sequence);
        if (Unsafe.IsNullRef(ref entry)) return;
        if (device is null)
        {
            if (!state.IsReplaying) return;
            device = (queue.Busy.Devices ??= new DeviceTable()).GetOrAdd(record.Device, start: 0);
        }

        device.Acknowledge(record.Sequence);
        device.LastActive = Math.Max(device.LastActive, state.Now);
        if (queue.Extra(record.Sequence) is { } extra) EndFor(record.Device, queue, ref entry, record.Sequence, extra);
        state.Volatile.MarkDirty(queue);
    }

    /// <summary>Makes what is retained ready again, as acknowledged by every device but one.</summary>
    private void GiveAll(QueueState queue, Device device, long count)
    {
        var others = queue.Work!.Devices!.Without(device);
        for (var i = 0; i < queue.Entries.Count; i++)
            if (queue.Entries.At(i).CanBeSought(state.Now)) AcknowledgeFor(others, queue.Entries.SequenceAt(i));
        foreach (var (sequence, entry) in queue.Work.Late ?? [])
            if (entry.CanBeSought(state.Now)) AcknowledgeFor(others, sequence);
        outcomes.Seek(queue, 0, count);
    }

    private static void AcknowledgeFor(List<Device> devices, long sequence)
    {
        foreach (var device in devices)
            if (sequence >= device.Start) device.Acknowledge(sequence);
    }

    /// <summary>What a device has of a message is done, for this device.</summary>
    private void EndFor(int device, QueueState queue, ref Entry entry, long sequence, MessageExtra extra)
    {
        for (var attempt = extra.Newest; attempt is not null; attempt = attempt.Older)
        {
            if (attempt.Device != device) continue;
            attempt.Live = false;
            attempt.Settled = true;
            attempt.Unlink();
        }

        if (!extra.HasLive && entry.State == MessageState.InFlight) placement.PlaceAgain(queue, ref entry, sequence, extra, 0);
    }
}
