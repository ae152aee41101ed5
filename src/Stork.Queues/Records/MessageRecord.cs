using System.Runtime.InteropServices;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// The record of kind <see cref="RecordKind.Message"/>:
/// <code>
/// u8 kind  varint flags  varint queue  varint sequence  message id (16)  varint enqueued (Unix ms)
/// then, in this order, the fields of the flags that are set:
///   Expires   varint time (Unix ms)
///   Due       varint time (Unix ms)
///   Lane      u64 hash of the key (<see cref="KeyHash"/>)
///   Key       bytes
///   Priority  u8
///   Dedup     varint window (ms)  bytes id
///   Producer  bytes producer  varint number
///   Collapse  bytes key
///   Subject   bytes
///   Headers   bytes (<see cref="MessageHeaders"/>)
///   Redrives  varint
///   Dead      bytes (<see cref="DeathNotice"/>)
///   Moved     varint queue  varint sequence  u8 how (<see cref="SettleKind"/>): the message leaves that queue with this record
///   Copy      bytes (<see cref="DeliveryState"/>)
/// and the body to the end of the record
/// </code>
/// "bytes" is a varint length and that many bytes.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal ref struct MessageRecord : IRecord
{
    public MessageFlags Flags;
    public uint Queue;
    public long Sequence;
    public Guid Id;
    public long EnqueuedAt;
    public long ExpiresAt;
    public long DueAt;
    public ulong Lane;
    public ReadOnlySpan<byte> Key;
    public int Priority;
    public long DedupWindow;
    public ReadOnlySpan<byte> DedupId;
    public ReadOnlySpan<byte> Producer;
    public long ProducerNumber;
    public ReadOnlySpan<byte> Collapse;
    public ReadOnlySpan<byte> Subject;
    public ReadOnlySpan<byte> Headers;
    public int Redrives;
    public ReadOnlySpan<byte> Dead;
    public uint FromQueue;
    public long FromSequence;
    public byte FromHow;
    public ReadOnlySpan<byte> State;
    public ReadOnlySpan<byte> Body;

    public readonly bool Has(MessageFlags flag) => (Flags & flag) != 0;

    /// <param name="record">The record from its kind on.</param>
    public static MessageRecord Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record[1..]);
        var message = new MessageRecord
        {
            Flags = (MessageFlags)reader.Varint(),
            Queue = checked((uint)reader.Varint()),
            Sequence = reader.Number(),
            Id = reader.Id(),
            EnqueuedAt = reader.Number(),
        };
        if (message.Has(MessageFlags.Expires)) message.ExpiresAt = reader.Number();
        if (message.Has(MessageFlags.Due)) message.DueAt = reader.Number();
        if (message.Has(MessageFlags.Lane)) message.Lane = reader.Fixed64();
        if (message.Has(MessageFlags.Key)) message.Key = reader.Bytes();
        if (message.Has(MessageFlags.Priority)) message.Priority = reader.Byte();
        if (message.Has(MessageFlags.Dedup))
        {
            message.DedupWindow = reader.Number();
            message.DedupId = reader.Bytes();
        }

        if (message.Has(MessageFlags.Producer))
        {
            message.Producer = reader.Bytes();
            message.ProducerNumber = reader.Number();
        }

        if (message.Has(MessageFlags.Collapse)) message.Collapse = reader.Bytes();
        if (message.Has(MessageFlags.Subject)) message.Subject = reader.Bytes();
        if (message.Has(MessageFlags.Headers)) message.Headers = reader.Bytes();
        if (message.Has(MessageFlags.Redrives)) message.Redrives = reader.Count(int.MaxValue);
        if (message.Has(MessageFlags.Dead)) message.Dead = reader.Bytes();
        if (message.Has(MessageFlags.Moved))
        {
            message.FromQueue = checked((uint)reader.Varint());
            message.FromSequence = reader.Number();
            message.FromHow = reader.Byte();
        }

        if (message.Has(MessageFlags.Copy)) message.State = reader.Bytes();
        message.Body = reader.Rest;
        return message;
    }

    public readonly RecordAddress Write(FrameBuilder frame)
    {
        frame.Begin(RecordKind.Message);
        frame.Varint((uint)Flags);
        frame.Varint(Queue);
        frame.Number(Sequence);
        frame.Id(Id);
        frame.Number(EnqueuedAt);
        if (Has(MessageFlags.Expires)) frame.Number(ExpiresAt);
        if (Has(MessageFlags.Due)) frame.Number(DueAt);
        if (Has(MessageFlags.Lane)) frame.Fixed64(Lane);
        if (Has(MessageFlags.Key)) frame.Bytes(Key);
        if (Has(MessageFlags.Priority)) frame.Byte((byte)Priority);
        if (Has(MessageFlags.Dedup))
        {
            frame.Number(DedupWindow);
            frame.Bytes(DedupId);
        }

        if (Has(MessageFlags.Producer))
        {
            frame.Bytes(Producer);
            frame.Number(ProducerNumber);
        }

        if (Has(MessageFlags.Collapse)) frame.Bytes(Collapse);
        if (Has(MessageFlags.Subject)) frame.Bytes(Subject);
        if (Has(MessageFlags.Headers)) frame.Bytes(Headers);
        if (Has(MessageFlags.Redrives)) frame.Number(Redrives);
        if (Has(MessageFlags.Dead)) frame.Bytes(Dead);
        if (Has(MessageFlags.Moved))
        {
            frame.Varint(FromQueue);
            frame.Number(FromSequence);
            frame.Byte(FromHow);
        }

        if (Has(MessageFlags.Copy)) frame.Bytes(State);
        frame.Raw(Body);
        return frame.End();
    }
}
