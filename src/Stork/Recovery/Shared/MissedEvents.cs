using Stork.Wire;

namespace Stork.Recovery.Shared;

/// <summary>What a client that comes back has missed, in its order, as long as it is not too much.</summary>
internal sealed class MissedEvents(ConnectionStateRecoveryOptions options)
{
    private readonly List<EncodedPacket> _packets = [];
    private long _bytes;

    /// <summary>More than may be replayed.</summary>
    public bool IsTooMuch { get; private set; }

    public IReadOnlyList<EncodedPacket> Packets => _packets;

    public void Add(EncodedPacket packet)
    {
        if (IsTooMuch) return;
        _bytes += packet.Length;
        IsTooMuch = _packets.Count == options.MaxReplayEvents || _bytes > options.MaxReplayBytes;
        _packets.Add(packet);
    }
}
