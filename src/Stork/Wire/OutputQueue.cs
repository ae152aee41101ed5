namespace Stork.Wire;

/// <summary>
/// The packets of one connection that its transport cannot take yet, bounded in bytes. Not thread-safe: the connection's lock guards it.
/// </summary>
internal sealed class OutputQueue(int maxBytes, SlowReaderPolicy policy)
{
    /// <summary>Bookkeeping weight of a queued packet, so that a flood of tiny packets is bounded too.</summary>
    internal const int PacketOverhead = 64;

    private readonly LinkedList<EncodedPacket> _packets = new();

    // The packets of the list that may be dropped, in the same order: whoever drops needs not look for them between the others.
    private readonly Queue<LinkedListNode<EncodedPacket>> _droppable = new();
    private long _bytes;

    public bool IsEmpty => _packets.Count == 0;

    /// <summary>True while an awaiting producer has to wait (<see cref="SlowReaderPolicy.Wait"/>).</summary>
    public bool IsOverLimit => _bytes > maxBytes;

    public long Bytes => _bytes;

    /// <summary>Packets dropped so far because of the policy.</summary>
    public long Dropped { get; private set; }

    /// <summary>Takes the packet in, or drops it or older ones as the policy says; false when the connection has to be closed.</summary>
    public bool TryEnqueue(EncodedPacket packet)
    {
        var weight = Weight(packet);
        // What may not be dropped, and is larger than all the room there is, a message of an inbox say, would otherwise never get through.
        var isOversized = weight > maxBytes && _bytes <= maxBytes && !IsDroppable(packet);
        if (_bytes + weight > maxBytes && !isOversized)
        {
            if (policy == SlowReaderPolicy.Disconnect) return false;
            if (policy == SlowReaderPolicy.DropOldest) DropOldest(weight);
            if (IsDroppable(packet) && policy != SlowReaderPolicy.Wait && _bytes + weight > maxBytes)
            {
                Dropped++;
                return true;
            }

            // What may not be dropped, and what nobody waited for, has the same amount of room again; then the connection is given up.
            if (_bytes + weight > 2L * maxBytes) return false;
        }

        var node = _packets.AddLast(packet);
        if (policy == SlowReaderPolicy.DropOldest && IsDroppable(packet)) _droppable.Enqueue(node);
        _bytes += weight;
        return true;
    }

    public bool TryPeek(out EncodedPacket packet)
    {
        packet = _packets.First?.Value!;
        return packet is not null;
    }

    public EncodedPacket Dequeue()
    {
        var packet = _packets.First!.Value;
        if (_droppable.TryPeek(out var node) && node == _packets.First) _droppable.Dequeue();
        _packets.RemoveFirst();
        _bytes -= Weight(packet);
        return packet;
    }

    public void Clear()
    {
        _packets.Clear();
        _droppable.Clear();
        _bytes = 0;
    }

    private void DropOldest(long needed)
    {
        // Nothing is given up for a packet that would not fit into an empty queue either.
        if (needed > maxBytes) return;
        while (_bytes + needed > maxBytes && _droppable.TryDequeue(out var node))
        {
            _bytes -= Weight(node.Value);
            _packets.Remove(node);
            Dropped++;
        }
    }

    private static bool IsDroppable(EncodedPacket packet) => packet.Flags.HasFlag(PacketFlags.Droppable);

    private static long Weight(EncodedPacket packet) => packet.Length + PacketOverhead;
}
