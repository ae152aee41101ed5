using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Device"/>: a device of an inbox was registered, or removed.
/// <code>
/// u8 kind  varint queue  varint index  u8 how  varint first sequence  text name
/// varint last there (Unix ms; early records end before it)
/// then, if registered with all: varint count of messages that are ready again
/// varint count of other devices, and of each: varint index  varint first sequence (early records end before it)
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DeviceRecord(uint Queue, int Index, DeviceChange Change, long Start, string Name) : IRecord
{
    /// <summary>Devices an inbox may have.</summary>
    public const int MaxDevices = 64;

    /// <summary>Null: an early record, which does not say.</summary>
    public long? LastActive { get; init; }

    /// <summary>Of one that is registered with all: the messages that are ready again.</summary>
    public long Restored { get; init; }

    /// <summary>
    /// Of one that is registered with all: those whom that does not concern. After a restart they may be known only by a record behind this
    /// one.
    /// </summary>
    public DevicePosition[] Others { get; init; } = [];

    public static DeviceRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        var device = new DeviceRecord(
            checked((uint)reader.Varint()), reader.Count(int.MaxValue), (DeviceChange)reader.Byte(), reader.Number(), reader.Text())
        {
            LastActive = reader.AtEnd ? null : reader.Number(),
        };
        if (device.Change != DeviceChange.RegisteredWithAll) return device;
        var restored = reader.Number();
        var others = new DevicePosition[reader.AtEnd ? 0 : reader.Count(MaxDevices)];
        for (var i = 0; i < others.Length; i++) others[i] = new DevicePosition(reader.Count(int.MaxValue), reader.Number());
        return device with { Restored = restored, Others = others };
    }

    public RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Device);
        frame.Varint(Queue);
        frame.Number(Index);
        frame.Byte((byte)Change);
        frame.Number(Start);
        frame.Text(Name);
        frame.Number(LastActive ?? 0);
        if (Change == DeviceChange.RegisteredWithAll)
        {
            frame.Number(Restored);
            frame.Number(Others.Length);
            foreach (var other in Others)
            {
                frame.Number(other.Index);
                frame.Number(other.Start);
            }
        }

        return frame.End();
    }
}
