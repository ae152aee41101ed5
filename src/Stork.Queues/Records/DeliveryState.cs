using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// What a copy of a message carries in its field <see cref="MessageFlags.Copy"/>: how far its delivery had come when reclaim wrote it anew.
/// <code>
/// u8 state  varint retained until (Unix ms)  varint due (Unix ms)  varint failures  varint deliveries  u8 isolated
/// attempts (<see cref="KnownAttempt"/>)  history (<see cref="PastAttempt"/>)
/// varint count of the devices that acknowledged it, and the varint index of each
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct DeliveryState
{
    public required MessageState State { get; init; }

    public required long RetainUntil { get; init; }

    public required long DueAt { get; init; }

    public required int Failures { get; init; }

    public required int Deliveries { get; init; }

    public required bool Isolated { get; init; }

    public required KnownAttempt[] Attempts { get; init; }

    public required List<PastAttempt>? History { get; init; }

    public required int[] AckedBy { get; init; }

    public static DeliveryState Read(ReadOnlySpan<byte> field)
    {
        var reader = new RecordReader(field);
        return new DeliveryState
        {
            State = (MessageState)reader.Byte(),
            RetainUntil = reader.Number(),
            DueAt = reader.Number(),
            Failures = reader.Count(int.MaxValue),
            Deliveries = reader.Count(int.MaxValue),
            Isolated = reader.Byte() != 0,
            Attempts = KnownAttempt.ReadAll(ref reader),
            History = PastAttempt.ReadAll(ref reader),
            AckedBy = ReadDevices(ref reader),
        };
    }

    public void Write(FrameBuilder fields)
    {
        fields.Byte((byte)State);
        fields.Number(RetainUntil);
        fields.Number(DueAt);
        fields.Number(Failures);
        fields.Number(Deliveries);
        fields.Byte(Isolated ? (byte)1 : (byte)0);
        KnownAttempt.WriteAll(Attempts, fields);
        PastAttempt.WriteAll(History, fields);
        fields.Number(AckedBy.Length);
        foreach (var device in AckedBy) fields.Number(device);
    }

    private static int[] ReadDevices(ref RecordReader reader)
    {
        var count = reader.Count(DeviceRecord.MaxDevices);
        if (count == 0) return [];
        var devices = new int[count];
        for (var i = 0; i < devices.Length; i++) devices[i] = reader.Count(int.MaxValue);
        return devices;
    }
}
