using System.Runtime.InteropServices;
using System.Text;
using Stork.Queues.Journal;

namespace Stork.Queues.Records;

/// <summary>
/// What a dead letter carries in its field <see cref="MessageFlags.Dead"/>: why it died, and where it came from.
/// <code>
/// u8 reason  text error  varint origin queue  varint origin sequence  varint time (Unix ms)  varint failures  varint deliveries
/// history (<see cref="PastAttempt"/>)
/// u8 origin kind  text origin name; early records end before these
/// </code>
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly ref struct DeathNotice
{
    public required DeadLetterReason Reason { get; init; }

    public required string Error { get; init; }

    public required uint Queue { get; init; }

    public required long Sequence { get; init; }

    public required long At { get; init; }

    public required int Failures { get; init; }

    public required int Deliveries { get; init; }

    public required List<PastAttempt>? History { get; init; }

    public required QueueKind Kind { get; init; }

    /// <summary>
    /// The name as well as the id, because a queue that nobody uses goes before its dead letters, and its id may then be another one's.
    /// Empty: an early record, which has the id only.
    /// </summary>
    public required ReadOnlySpan<byte> Name { get; init; }

    public bool HasName => !Name.IsEmpty;

    public string NameText => Encoding.UTF8.GetString(Name);

    public static DeathNotice Read(ReadOnlySpan<byte> field)
    {
        var reader = new RecordReader(field);
        return new DeathNotice
        {
            Reason = (DeadLetterReason)reader.Byte(),
            Error = reader.Text(),
            Queue = checked((uint)reader.Varint()),
            Sequence = reader.Number(),
            At = reader.Number(),
            Failures = reader.Count(int.MaxValue),
            Deliveries = reader.Count(int.MaxValue),
            History = PastAttempt.ReadAll(ref reader),
            Kind = reader.AtEnd ? default : (QueueKind)reader.Byte(),
            Name = reader.AtEnd ? default : reader.Bytes(),
        };
    }

    public void Write(FrameBuilder fields)
    {
        fields.Byte((byte)Reason);
        fields.Text(Error);
        fields.Varint(Queue);
        fields.Number(Sequence);
        fields.Number(At);
        fields.Number(Failures);
        fields.Number(Deliveries);
        PastAttempt.WriteAll(History, fields);
        fields.Byte((byte)Kind);
        fields.Bytes(Name);
    }
}
