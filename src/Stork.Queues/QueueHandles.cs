using System.Text;
using Stork.Queues.Records;
using Stork.Queues.Shards;
using Stork.Queues.State;

namespace Stork.Queues;

/// <summary>
/// The handles of queues. Those used last are kept: an application asks for one with every message, and a handle that was used before knows
/// its queue already. Each has two places in a table of fixed size, and goes when two others with these places have come behind it.
/// </summary>
internal sealed class QueueHandles(QueueStore store, ShardLoop[] loops)
{
    /// <summary>A power of two. With the handles some 500 KB, once so many queues have been used.</summary>
    private const int Places = 4096;

    // Made with the first handle; written without a lock, as any handle of a name is as good as another.
    private MessageQueue?[]? _known;

    /// <exception cref="QueueException">The name is too long.</exception>
    public MessageQueue Get(QueueKind kind, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var known = _known ??= new MessageQueue?[Places];
        var index = (StringComparer.Ordinal.GetHashCode(name) ^ (int)kind) & (Places - 2);
        ref var newer = ref known[index];
        ref var older = ref known[index + 1];
        if (Volatile.Read(ref newer) is { } first && Is(first, kind, name)) return first;
        if (Volatile.Read(ref older) is { } second && Is(second, kind, name)) return second;
        var handle = Create(new QueueAddress(kind, name));
        Volatile.Write(ref older, Volatile.Read(ref newer));
        Volatile.Write(ref newer, handle);
        return handle;
    }

    private static bool Is(MessageQueue handle, QueueKind kind, string name) => handle.Kind == kind && handle.Name == name;

    private MessageQueue Create(QueueAddress address)
    {
        var bytes = Encoding.UTF8.GetBytes(address.Name);
        if (bytes.Length > QueueStore.MaxNameBytes)
            throw new QueueException(QueueErrorCode.Invalid, $"A queue's name has 1 to {QueueStore.MaxNameBytes} bytes.");
        return new MessageQueue(store, loops[(int)(KeyHash.Of(bytes) % (ulong)loops.Length)].Shard, address);
    }
}
