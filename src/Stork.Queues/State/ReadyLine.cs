using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>
/// Finds the next message to deliver. A cursor walks over the messages once, in order; those that become ready behind it, or that go before
/// others, are in a heap. What the heap holds are hints: whether a message can really go is looked up when its turn comes.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal struct ReadyLine
{
    /// <summary>Made when the first hint comes.</summary>
    private PriorityQueue<long, Rank>? _back;

    private long _cursor;

    public readonly bool IsFresh => _back is null or { Count: 0 };

    public void Push(long sequence, int priority) => (_back ??= new()).Enqueue(sequence, new Rank(priority, sequence));

    public readonly void Clear() => _back?.Clear();

    /// <summary>The next message that <paramref name="consumer"/> could get; 0: none.</summary>
    public long Peek(QueueState queue, ConsumerState? consumer)
    {
        while (_back is not null && _back.TryPeek(out var hinted, out var rank))
        {
            if (Eligible(queue, hinted, consumer))
            {
                if (rank.Priority > 0) return hinted;
                var fresh = PeekCursor(queue, consumer);
                return fresh == 0 || hinted < fresh ? hinted : fresh;
            }

            _back.Dequeue();
        }

        return PeekCursor(queue, consumer);
    }

    /// <summary>
    /// Drops the hint, or moves the cursor on, for a message that <see cref="Peek"/> found and that was delivered or expired since.
    /// </summary>
    public void MovePast(long sequence)
    {
        if (_back is not null && _back.TryPeek(out var hinted, out _) && hinted == sequence) _back.Dequeue();
        else _cursor = sequence + 1;
    }

    private long PeekCursor(QueueState queue, ConsumerState? consumer)
    {
        ref var entries = ref queue.Entries;
        for (var index = entries.LowerBound(_cursor); index < entries.Count; index++)
        {
            var sequence = entries.SequenceAt(index);
            if (entries.At(index).Priority == 0 && Eligible(queue, sequence, in entries.At(index), consumer)) return sequence;
            _cursor = sequence + 1;
        }

        return 0;
    }

    private static bool Eligible(QueueState queue, long sequence, ConsumerState? consumer)
    {
        ref var entry = ref queue.Entries.Find(sequence);
        return !System.Runtime.CompilerServices.Unsafe.IsNullRef(ref entry) && Eligible(queue, sequence, in entry, consumer);
    }

    private static bool Eligible(QueueState queue, long sequence, in Entry entry, ConsumerState? consumer)
    {
        if (entry.Laned) return false;
        if (entry.State == MessageState.Ready) return consumer is null || consumer.MayHave(queue, sequence);
        return entry.State == MessageState.InFlight && consumer is not null && consumer.MayHave(queue, sequence);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Rank(int Priority, long Sequence) : IComparable<Rank>
    {
        public int CompareTo(Rank other) =>
            Priority != other.Priority ? other.Priority.CompareTo(Priority) : Sequence.CompareTo(other.Sequence);
    }
}
