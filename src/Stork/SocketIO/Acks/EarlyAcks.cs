namespace Stork.SocketIO.Acks;

/// <summary>
/// Acknowledgements that came before it was known who sends them. A client that reconnects sends the answer of a handler that has just
/// finished on whatever connection it has, also ahead of CONNECT. The owner guards it with a lock.
/// </summary>
internal sealed class EarlyAcks
{
    public const int MaxPackets = 64;
    public const int MaxBytes = 64 * 1024;

    private readonly List<Packet> _packets = [];
    private long _bytes;

    /// <summary>Adds a packet that shares no buffer with others; false if there are too many.</summary>
    public bool TryAdd(in Packet packet)
    {
        var bytes = SizeOf(packet);
        if (_packets.Count == MaxPackets || _bytes + bytes > MaxBytes) return false;
        _packets.Add(packet);
        _bytes += bytes;
        return true;
    }

    /// <summary>Takes out what is for one namespace, in the order it came.</summary>
    public List<Packet> RemoveOf(ReadOnlySpan<byte> nsp)
    {
        var removed = new List<Packet>();
        for (var i = 0; i < _packets.Count;)
        {
            if (!_packets[i].Namespace.Span.SequenceEqual(nsp))
            {
                i++;
                continue;
            }

            removed.Add(_packets[i]);
            _bytes -= SizeOf(_packets[i]);
            _packets.RemoveAt(i);
        }

        return removed;
    }

    private static long SizeOf(in Packet packet)
    {
        long bytes = packet.Payload.Length;
        foreach (var attachment in packet.Attachments) bytes += attachment.Length;
        return bytes;
    }
}
