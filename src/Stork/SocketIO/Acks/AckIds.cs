using System.Security.Cryptography;
using Stork.Queues;

namespace Stork.SocketIO.Acks;

/// <summary>
/// Numbers the acknowledgements that a server asks for: 1 … 2^31-1, as Java, C++, Rust and C# clients read them. A client's acknowledgement
/// may come after the server was started anew (its callback outlives the connection), and must not be taken for another one's. With a
/// store, the numbers are therefore out of blocks that are reserved on disk and shared with other deliveries; without, each run begins at
/// random.
/// </summary>
internal sealed class AckIds
{
    private readonly Func<int, Task<int>>? _reserve;
    private readonly Lock _gate = new();
    private int _next;
    private int _left;
    private Task<int>? _following;

    /// <param name="reserve">Reserves so many numbers in the store, and returns the first; null without a store.</param>
    public AckIds(Func<int, Task<int>>? reserve)
    {
        _reserve = reserve;
        if (reserve is null)
        {
            _next = RandomNumberGenerator.GetInt32(1, int.MaxValue);
            _left = int.MaxValue;
        }
        else
        {
            // At the start of the application, where nobody waits for this thread.
            Continue(reserve(QueueStore.MaxReservedAckIds).GetAwaiter().GetResult());
        }
    }

    public int Next()
    {
        lock (_gate)
        {
            if (_reserve is not null) Replenish(_reserve);
            _left--;
            var id = _next;
            _next = id == int.MaxValue ? 1 : id + 1;
            return id;
        }
    }

    /// <summary>The next block is asked for when half of this one is left: it is there long before it is needed.</summary>
    private void Replenish(Func<int, Task<int>> reserve)
    {
        if (_left > QueueStore.MaxReservedAckIds / 2) return;
        // A full disk may have room again by now.
        if (_following is null or { IsFaulted: true }) _following = reserve(QueueStore.MaxReservedAckIds);
        if (_left > 0) return;
        // A store that has failed ends the wait at once, with the reason.
        var following = _following;
        _following = null;
        Continue(following.GetAwaiter().GetResult());
    }

    private void Continue(int first) => (_next, _left) = (first, QueueStore.MaxReservedAckIds);
}
