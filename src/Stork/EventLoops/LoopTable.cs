namespace Stork.EventLoops;

/// <summary>
/// The entries of a loop by number. An event carries the number and its generation, so that one which was taken before its socket was
/// closed does not reach the next socket in the same place.
/// </summary>
internal sealed class LoopTable
{
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private ILoopEntry?[] _entries = new ILoopEntry?[64];
    private int _used;
    private int _generation;

    public int Count
    {
        get
        {
            lock (_gate) return _used - _free.Count;
        }
    }

    /// <summary>Returns the entry's token: the place in the lower half, the generation above.</summary>
    public long Add(ILoopEntry entry)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out var place))
            {
                place = _used++;
                if (place == _entries.Length)
                {
                    var larger = new ILoopEntry?[_entries.Length * 2];
                    _entries.CopyTo(larger);
                    Volatile.Write(ref _entries, larger);
                }
            }

            _generation = (_generation + 1) & int.MaxValue;
            var token = ((long)_generation << 32) | (uint)place;
            entry.Token = token;
            Volatile.Write(ref _entries[place], entry);
            return token;
        }
    }

    public void Remove(ILoopEntry entry)
    {
        lock (_gate)
        {
            var place = (int)entry.Token;
            if (_entries[place] != entry) return;
            _entries[place] = null;
            _free.Push(place);
        }
    }

    /// <summary>The entry that still has this token.</summary>
    public ILoopEntry? Find(long token)
    {
        var entries = Volatile.Read(ref _entries);
        var place = (int)token;
        if ((uint)place >= (uint)entries.Length) return null;
        var entry = Volatile.Read(ref entries[place]);
        return entry?.Token == token ? entry : null;
    }

    /// <summary>All that are there now.</summary>
    public ILoopEntry[] Snapshot()
    {
        lock (_gate) return [.. _entries.Take(_used).OfType<ILoopEntry>()];
    }
}
