using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Stork.Queues.Core;

/// <summary>
/// The messages of one queue, sorted by sequence, in one array: appended at the end, mostly removed at the front. A message removed in the
/// middle leaves a hole until holes outnumber messages. Finding is a guess (no holes: the distance from the first) and then a binary search.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct EntryTable
{
    private const int FirstCapacity = 4;
    private const int SmallCapacity = 32;
    private const int MinHolesToCompact = 16;

    private Entry[]? _items;
    private int _start;
    private long _base;

    /// <summary>Entries with the holes among them.</summary>
    public int Count { get; private set; }

    /// <summary>Entries without holes.</summary>
    public int Live { get; private set; }

    public readonly long FirstSequence => Count == 0 ? long.MaxValue : SequenceAt(0);

    public readonly long LastSequence => Count == 0 ? 0 : SequenceAt(Count - 1);

    public readonly long SequenceAt(int index) => _base + _items![_start + index].Delta;

    public readonly ref Entry At(int index) => ref _items![_start + index];

    /// <summary>The entry of a sequence, or a null reference.</summary>
    public readonly ref Entry Find(long sequence)
    {
        var index = IndexOf(sequence);
        return ref index < 0 ? ref Unsafe.NullRef<Entry>() : ref _items![_start + index];
    }

    /// <summary>The index of the first entry whose sequence is not below this one.</summary>
    public readonly int LowerBound(long sequence)
    {
        if (Count == 0 || sequence <= SequenceAt(0)) return 0;
        var high = (int)Math.Min(Count, sequence - SequenceAt(0));
        if (high < Count && SequenceAt(high) == sequence) return high;
        var low = 0;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (SequenceAt(middle) < sequence) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    public ref Entry Append(long sequence)
    {
        Debug.Assert(sequence > LastSequence, "Sequences rise.");
        if (Count == 0) _base = sequence;
        if (sequence - _base > uint.MaxValue) Rebase();
        if (_start + Count == Capacity) MakeRoom();
        ref var entry = ref _items![_start + Count];
        entry = new Entry { Delta = checked((uint)(sequence - _base)) };
        Count++;
        Live++;
        return ref entry;
    }

    /// <summary>Leaves a hole, and closes holes at the front. Indexes found before are void.</summary>
    public void Remove(long sequence)
    {
        ref var entry = ref Find(sequence);
        Debug.Assert(!Unsafe.IsNullRef(ref entry) && entry.State != MessageState.None, "Only what is there can be removed.");
        entry.State = MessageState.None;
        Live--;
        if (Live == 0)
        {
            _items = null;
            _start = Count = 0;
            return;
        }

        while (_items![_start].State == MessageState.None)
        {
            _start++;
            Count--;
        }

        if (Count - Live > Live + MinHolesToCompact) Compact(Live);
    }

    /// <summary>Adds entries that came out of order, with their full sequences. Only recovery does that.</summary>
    public void Merge(List<(long Sequence, Entry Entry)> others)
    {
        for (var i = 0; i < Count; i++)
            if (At(i).State != MessageState.None) others.Add((SequenceAt(i), At(i)));
        others.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        this = default;
        if (others.Count == 0) return;
        _items = new Entry[others.Count];
        foreach (var (sequence, entry) in others)
        {
            ref var added = ref Append(sequence);
            var delta = added.Delta;
            added = entry;
            added.Delta = delta;
        }
    }

    private readonly int Capacity => _items?.Length ?? 0;

    private readonly int IndexOf(long sequence)
    {
        var index = LowerBound(sequence);
        return index < Count && SequenceAt(index) == sequence && At(index).State != MessageState.None ? index : -1;
    }

    private void Rebase()
    {
        var shift = SequenceAt(0) - _base;
        for (var i = 0; i < Count; i++) At(i).Delta -= (uint)shift;
        _base += shift;
    }

    private void MakeRoom()
    {
        if (_start > Capacity / 4 || Count - Live > Capacity / 4) Compact(Capacity);
        else Compact(Capacity < FirstCapacity ? FirstCapacity : Capacity < SmallCapacity ? Capacity + FirstCapacity : Capacity + Capacity / 2);
    }

    private void Compact(int capacity)
    {
        var items = capacity == Capacity && _start > 0 && Count == Live ? _items! : new Entry[Math.Max(capacity, FirstCapacity)];
        var kept = 0;
        for (var i = 0; i < Count; i++)
        {
            ref var entry = ref At(i);
            if (entry.State != MessageState.None) items[kept++] = entry;
        }

        _items = items;
        _start = 0;
        Count = kept;
    }
}
