using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Stork.Queues.Journal;

/// <summary>
/// Goes over the records of a frame, one after the other. What contradicts the frame's header ends it early, and is named by
/// <see cref="Fault"/>: a loop that relies on having seen all of them looks at that when it is through.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal ref struct FrameRecords
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly int _count;
    private int _next;

    /// <param name="body">The frame without its header.</param>
    /// <param name="count">How many records it has, as its header says.</param>
    public FrameRecords(ReadOnlySpan<byte> body, int count)
    {
        _body = body;
        _count = count;
        Index = -1;
    }

    /// <summary>Goes on at a record where an earlier loop over the same frame stopped: it is the next one.</summary>
    /// <param name="body">The frame without its header.</param>
    /// <param name="count">How many records it has, as its header says.</param>
    /// <param name="offset">The record's <see cref="Offset"/>.</param>
    /// <param name="index">The record's <see cref="Index"/>.</param>
    public FrameRecords(ReadOnlySpan<byte> body, int count, int offset, int index)
        : this(body, count)
    {
        _next = offset;
        Index = index - 1;
    }

    /// <summary>The record from its kind on.</summary>
    public ReadOnlySpan<byte> Record { get; private set; }

    /// <summary>Where the record with its prefix starts in the body.</summary>
    public int Offset { get; private set; }

    /// <summary>How many records of the frame come before it.</summary>
    public int Index { get; private set; }

    /// <summary>What is wrong with the frame at <see cref="Offset"/>; null: nothing so far.</summary>
    public string? Fault { get; private set; }

    public bool MoveNext()
    {
        Offset = _next;
        if (++Index == _count)
        {
            if (_next != _body.Length) Fault = "a frame holds more than its records";
            return false;
        }

        var room = _body.Length - _next - JournalFormat.RecordPrefixBytes;
        if (room < 0)
        {
            Fault = "a frame holds fewer records than it says";
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_body[_next..]);
        if (length <= 0 || length > room)
        {
            Fault = "a record's length is wrong";
            return false;
        }

        Record = _body.Slice(_next + JournalFormat.RecordPrefixBytes, length);
        _next += JournalFormat.RecordPrefixBytes + length;
        return true;
    }
}
