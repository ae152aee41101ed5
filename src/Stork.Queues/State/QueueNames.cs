namespace Stork.Queues.State;

/// <summary>
/// Finds queues by kind and name. There may be a million, so the names are bytes in shared blocks, and the index is a table of ids: free
/// slots are 0, and what does not find its slot free takes the next one. The bytes of removed names stay until they are as many as the
/// others.
/// </summary>
internal sealed class QueueNames(IReadOnlyList<QueueState?> queues)
{
    private const int BlockBytes = 1 << 16;
    private const int FirstSlots = 64;

    /// <summary>Of four slots, three are used at most.</summary>
    private const int FullQuarters = 3;

    private uint[] _slots = new uint[FirstSlots];
    private byte[] _block = [];
    private int _used;
    private long _stored;
    private long _removed;

    public int Count { get; private set; }

    public QueueState? Find(QueueKind kind, ReadOnlySpan<byte> name)
    {
        for (var slot = SlotOf(kind, name); ; slot = (slot + 1) & (_slots.Length - 1))
        {
            if (_slots[slot] == 0) return null;
            var queue = queues[(int)_slots[slot]]!;
            if (queue.Kind == kind && queue.Utf8Name.SequenceEqual(name)) return queue;
        }
    }

    /// <summary>Gives a queue, whose kind is set, its name, and makes it known.</summary>
    [Durable]
    public void Add(QueueState queue, ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > QueueStore.MaxNameBytes) throw new InvalidDataException($"a queue's name has {name.Length} bytes");
        Store(queue, name);
        Count++;
        if (Count > _slots.Length / 4 * FullQuarters) Grow();
        else Place(queue);
    }

    [Durable]
    public void Remove(QueueState queue)
    {
        var gap = SlotOf(queue.Kind, queue.Utf8Name);
        while (_slots[gap] != queue.Id) gap = Next(gap);

        // What had to go past the gap closes it, or it would not be found any more.
        for (var slot = Next(gap); _slots[slot] != 0; slot = Next(slot))
        {
            var other = queues[(int)_slots[slot]]!;
            var home = SlotOf(other.Kind, other.Utf8Name);
            if (((slot - home) & (_slots.Length - 1)) < ((slot - gap) & (_slots.Length - 1))) continue;
            _slots[gap] = _slots[slot];
            gap = slot;
        }

        _slots[gap] = 0;
        Count--;
        _removed += queue.Utf8Name.Length + 1;
        _stored -= queue.Utf8Name.Length + 1;
        if (_removed > Math.Max(_stored, BlockBytes)) Repack(queue);
    }

    private void Store(QueueState queue, ReadOnlySpan<byte> name)
    {
        if (_block.Length - _used < name.Length + 1)
        {
            _block = new byte[BlockBytes];
            _used = 0;
        }

        _block[_used] = (byte)(name.Length - 1);
        name.CopyTo(_block.AsSpan(_used + 1));
        queue.SetName(new QueueName(_block, (ushort)_used));
        _used += name.Length + 1;
        _stored += name.Length + 1;
    }

    private int Next(int slot) => (slot + 1) & (_slots.Length - 1);

    /// <summary>Moves the names into new blocks.</summary>
    private void Repack(QueueState removed)
    {
        _block = [];
        _used = 0;
        _stored = _removed = 0;
        foreach (var queue in queues)
            if (queue is { HasName: true } && queue != removed) Store(queue, queue.Utf8Name);
    }

    private void Grow()
    {
        _slots = new uint[_slots.Length * 2];
        foreach (var queue in queues)
            if (queue is { HasName: true }) Place(queue);
    }

    private void Place(QueueState queue)
    {
        var slot = SlotOf(queue.Kind, queue.Utf8Name);
        while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
        _slots[slot] = queue.Id;
    }

    /// <summary>The hash has a seed of this process, so that nobody can choose names that collide.</summary>
    private int SlotOf(QueueKind kind, ReadOnlySpan<byte> name)
    {
        var hash = new HashCode();
        hash.Add((int)kind);
        hash.AddBytes(name);
        return hash.ToHashCode() & (_slots.Length - 1);
    }
}
