using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>The newest message of each collapse key, by the hash of the key.</summary>
internal sealed class CollapseTable : IEnumerable<KeyValuePair<UInt128, long>>
{
    private const int MinToForget = 64;

    private readonly Dictionary<UInt128, long> _newest = [];

    public int Count => _newest.Count;

    public bool TryGet(UInt128 hash, out long sequence) => _newest.TryGetValue(hash, out sequence);

    /// <summary>
    /// Takes a message as the newest of its key. Keys of messages that are gone stay until there are twice as many keys as messages.
    /// </summary>
    [Durable]
    public void Add(QueueState queue, UInt128 hash, long sequence)
    {
        Set(hash, sequence);
        if (_newest.Count <= (2 * queue.Entries.Live) + MinToForget) return;
        foreach (var (key, newest) in _newest)
            if (Unsafe.IsNullRef(ref queue.Find(newest))) _newest.Remove(key);
    }

    [Durable]
    public void Set(UInt128 hash, long sequence)
    {
        ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_newest, hash, out _);
        newest = Math.Max(newest, sequence);
    }

    public IEnumerator<KeyValuePair<UInt128, long>> GetEnumerator() => _newest.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
