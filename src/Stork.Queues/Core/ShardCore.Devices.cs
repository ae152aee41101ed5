using System.Runtime.CompilerServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Core;

internal sealed partial class ShardCore
{
    /// <summary>Devices an inbox may have.</summary>
    public const int MaxDevices = 64;

    /// <summary>The device of that name, which is registered with a record if it is new.</summary>
    public Device Register(QueueState queue, string name, bool onlyNew)
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

            if (devices.Count >= MaxDevices) throw new QueueException(QueueErrorCode.Invalid, $"An inbox can have {MaxDevices} devices.");
        }

        EmitDevice(queue, new Device(highest + 1, name, onlyNew ? queue.NextSequence : 0), removed: false);
        return queue.Work!.Devices![^1];
    }

    /// <summary>Forgets a device; what only it had not acknowledged is settled.</summary>
    public bool Unregister(QueueState queue, string name)
    {
        var device = queue.Work?.Devices?.Find(d => d.Name == name);
        if (device is null) return false;
        foreach (var consumer in queue.Work!.Consumers.FindAll(c => c.Device == device))
        {
            Unsubscribe(consumer);
            consumer.Sink.Close(null);
        }

        EmitDevice(queue, device, removed: true);
        if (queue.Work?.Devices is not { Count: > 0 }) return true;
        var settled = new List<long>();
        foreach (var acked in queue.Work.Devices.SelectMany(static d => d.Acked))
            if (IsAckedByAll(queue, acked) && !settled.Contains(acked)) settled.Add(acked);
        settled.Sort();
        foreach (var sequence in settled) EmitSettle(queue, sequence, SettleKind.Acked);
        return true;
    }

    private void EmitDevice(QueueState queue, Device device, bool removed)
    {
        _frame.Begin(RecordKind.Device);
        _frame.Varint(queue.Id);
        _frame.Number(device.Index);
        _frame.Byte(removed ? (byte)1 : (byte)0);
        _frame.Number(device.Start);
        _frame.Text(device.Name);
        Commit(SyncClass.Fsync);
    }

    private void ApplyDevice(QueueState queue, RecordReader reader, in RecordAddress address)
    {
        var devices = queue.Busy.Devices ??= [];
        var index = reader.Count(int.MaxValue);
        var removed = reader.Byte() != 0;
        var start = reader.Number();
        var known = devices.FindIndex(d => d.Index == index);
        if (removed)
        {
            if (known >= 0) devices.RemoveAt(known);
            foreach (var (sequence, extra) in queue.Busy.Extras) EndForDevice(queue, ref queue.Find(sequence), sequence, extra, index);
            queue.Trim();
            return;
        }

        if (known < 0)
        {
            known = devices.Count;
            devices.Add(new Device(index, "", start));
        }

        devices[known].Name = reader.Text();
        devices[known].Start = start;
        devices[known].StateSegment = address.Segment;
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
