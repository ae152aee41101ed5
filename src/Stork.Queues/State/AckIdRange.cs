using System.Runtime.InteropServices;

namespace Stork.Queues.State;

/// <summary>The ack ids of a shard: they must fit in 31 bits, because clients parse them as such, and 0 is not used.</summary>
/// <param name="First">The lowest id.</param>
/// <param name="Last">The highest id.</param>
/// <param name="Block">Ids that are reserved with one synced record.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AckIdRange(int First, int Last, int Block)
{
    public const int DefaultBlock = 1 << 20;

    public static AckIdRange ForShard(int shard, int shards, int block = DefaultBlock)
    {
        var size = int.MaxValue / shards;
        return new AckIdRange((shard * size) + 1, (shard + 1) * size, block);
    }
}
