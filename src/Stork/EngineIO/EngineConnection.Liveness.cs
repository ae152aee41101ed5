using Stork.Wire;
using Stork.Queues;

namespace Stork.EngineIO;

// Whether the client is still there, for those who want to know it before the next heartbeat.
internal sealed partial class EngineConnection : IConsumerLiveness
{
    private long _heard;
    private long _probedAt = -1;

    /// <summary>Packets of the client, from its first one on.</summary>
    public long Heard => Volatile.Read(ref _heard);

    /// <summary>
    /// Pings the client, once until something is heard of it, unless the heartbeat waits for a pong anyway. The pong is beside the heartbeat and changes
    /// nothing of that.
    /// </summary>
    public void Probe()
    {
        var heard = Heard;
        if (Interlocked.Exchange(ref _probedAt, heard) == heard || Volatile.Read(ref _awaitingPong)) return;
        ThreadPool.UnsafeQueueUserWorkItem(
            static connection =>
            {
                if (connection.IsOpen) _ = connection.Send(EncodedPacket.Ping);
            },
            this,
            preferLocal: false);
    }
}
