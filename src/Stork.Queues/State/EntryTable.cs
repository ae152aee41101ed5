using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>
/// The messages of one queue, sorted by sequence, in one array: appended at the end, mostly removed at the front. As a rule sequences
/// follow one another, and a place in the array is a sequence. A message removed in the middle leaves a hole; when holes outnumber messages
/// they are closed, and from then on the sequences are kept beside the entries, until the table is empty or without gaps again.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct EntryTable
{
    private const int MinHolesToClose = 16;

    /// <summary>An array of this size is kept when the table is empty, if its owner expects more.</summary>
    private const int SmallCapacity = 8;

    private Entry[]? _items;

    /// <summary>The sequences of the items; null: item i has the sequence base + i.</summary>
    private long[]? _sequences;

    private long _base;

    private int _start;

    /// <summary>Entries with the holes among them.</summary>
    public int Count { get; private set; }

    /// <summary>Entries without holes.</summary>
    public int Live { get; private set; }

    public readonly long FirstSequence => Count == 0 ? long.MaxValue : SequenceAt(0);

    public readonly long LastSequence => Count == 0 ? 0 : SequenceAt(Count - 1);

    public readonly long SequenceAt(int index) => _sequences is null ? _base + _start + index : _sequences[_start + index];

    public readonly ref Entry At(int index) => ref _items![_start + index];

    /// <summary>The entry of a sequence, or a null reference.</summary>
    public readonly ref Entry Find(long sequence)
    {
        var index = LowerBound(sequence);
        if (index >= Count || SequenceAt(index) != sequence) return ref Unsafe.NullRef<Entry>();
        ref var entry = ref At(index);
        return ref entry.State == MessageState.None ? ref Unsafe.NullRef<Entry>() : ref entry;
    }

    /// <summary>The index of the first entry whose sequence is not below this one.</summary>
    public readonly int LowerBound(long sequence)
    {
        if (Count == 0 || sequence <= SequenceAt(0)) return 0;
        var high = (int)Math.Min(Count, sequence - SequenceAt(0));
        if (_sequences is null || (high < Count && SequenceAt(high) == sequence)) return high;
        var low = 0;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (SequenceAt(middle) < sequence) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    [Durable]
    public ref Entry Append(long sequence)
    {
        Debug.Assert(sequence > LastSequence, "Sequences rise.");
        if (_start + Count == Capacity) MakeRoom();
        if (Count == 0) _base = sequence;
        else if (_sequences is null && sequence != LastSequence + 1) KeepSequences();
        if (_sequences is not null) _sequences[_start + Count] = sequence;
        ref var entry = ref _items![_start + Count];
        entry = default;
        Count++;
        Live++;
        return ref entry;
    }

    /// <summary>Leaves a hole, and closes holes at the front. Indexes found before are void.</summary>
    /// <param name="sequence">Which.</param>
    /// <param name="more">Whether to keep room for a few more if this was the last.</param>
    [Durable]
    public void Remove(long sequence, bool more = false)
    {
        ref var entry = ref Find(sequence);
        Debug.Assert(!Unsafe.IsNullRef(ref entry), "Only what is there can be removed.");
        entry.State = MessageState.None;
        Live--;
        if (Live == 0)
        {
            var kept = more && Capacity <= SmallCapacity ? _items : null;
            this = default;
            _items = kept;
            return;
        }

        while (_items![_start].State == MessageState.None)
        {
            _start++;
            Count--;
        }

        if (Count - Live > Live + MinHolesToClose || (Count < Capacity / 4 && _start > MinHolesToClose)) Rebuild(Live + Live / 4);
    }

    /// <summary>Gives back the room that an empty table kept.</summary>
    public void TrimExcess()
    {
        if (Count == 0) this = default;
    }

    /// <summary>Adds entries that came out of order, with their sequences. Only recovery does that.</summary>
    [Durable]
    public void Merge(List<(long Sequence, Entry Entry)> others)
    {
        for (var i = 0; i < Count; i++)
            if (At(i).State != MessageState.None) others.Add((SequenceAt(i), At(i)));
        others.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        this = default;
        if (others.Count == 0) return;
        _items = new Entry[others.Count];
        foreach (var (sequence, entry) in others) Append(sequence) = entry;
    }

    private readonly int Capacity => _items?.Length ?? 0;

    private void MakeRoom()
    {
        var holes = Count - Live;
        if (_start > Capacity / 4 || holes > Math.Max(MinHolesToClose, Capacity / 4)) Rebuild(Capacity);
        else Rebuild(Capacity + Math.Max(2, Capacity / 4));
    }

    private void KeepSequences()
    {
        var sequences = new long[Capacity];
        for (var i = 0; i < Count; i++) sequences[_start + i] = SequenceAt(i);
        _sequences = sequences;
    }

    /// <summary>
    /// Moves everything to the front of an array of this size, without holes if there are many, and without sequences if none is missing.
    /// </summary>
    private void Rebuild(int capacity)
    {
        var close = Count - Live > MinHolesToClose || _sequences is not null;
        var kept = close ? Live : Count;
        capacity = Math.Max(capacity, kept);
        var items = new Entry[capacity];
        if (!close)
        {
            _items.AsSpan(_start, Count).CopyTo(items);
            _base += _start;
        }
        else
        {
            var first = SequenceAt(0);
            var sequences = LastSequence - first == Live - 1 ? null : new long[capacity];
            var next = 0;
            for (var i = 0; i < Count; i++)
            {
                if (At(i).State == MessageState.None) continue;
                if (sequences is not null) sequences[next] = SequenceAt(i);
                items[next++] = At(i);
            }

            _sequences = sequences;
            _base = first;
        }

        _items = items;
        _start = 0;
        Count = kept;
    }
}
