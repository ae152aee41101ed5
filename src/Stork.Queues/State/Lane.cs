namespace Stork.Queues.State;

/// <summary>
/// The messages of one key, of which one is processed at a time. A key is known by a 64-bit hash: two that collide merely share a lane.
/// </summary>
internal sealed class Lane(ulong hash)
{
    private Queue<long>? _rest;

    public ulong Hash { get; } = hash;

    /// <summary>The message whose turn it is; 0: none.</summary>
    public long Head { get; private set; }

    /// <summary>The head is out or backs off.</summary>
    public bool Busy;

    /// <summary>In the list of lanes whose head can be delivered.</summary>
    public bool Queued;

    /// <summary>All messages of the key, the head first.</summary>
    public IEnumerable<long> Sequences => Head == 0 ? [] : _rest is null ? [Head] : _rest.Prepend(Head);

    public void Add(long sequence)
    {
        if (Head == 0) Head = sequence;
        else (_rest ??= new Queue<long>()).Enqueue(sequence);
    }

    /// <summary>On to the next one; false if there is none.</summary>
    public bool Advance()
    {
        Busy = false;
        Head = _rest is not null && _rest.TryDequeue(out var next) ? next : 0;
        return Head != 0;
    }

    /// <summary>
    /// Makes a message the head. Recovery needs it for one that was delayed: when it joined the lane is in no record, only that it was
    /// delivered.
    /// </summary>
    public void Promote(long sequence)
    {
        if (Head == sequence) return;
        var rest = new List<long> { Head };
        if (_rest is not null) rest.AddRange(_rest);
        rest.RemoveAll(other => other == sequence || other == 0);
        Head = sequence;
        _rest = new Queue<long>(rest);
    }

    /// <summary>Puts what recovery found out of order into order: first the one that was delivered already, then by sequence.</summary>
    public void Sort(Func<long, bool> wasDelivered)
    {
        if (_rest is null) return;
        var all = new SortedSet<long>(_rest) { Head };
        all.Remove(0);
        _rest = new Queue<long>(all.OrderByDescending(wasDelivered));
        Head = _rest.TryDequeue(out var first) ? first : 0;
    }
}
