using Stork.Durable.Inboxes;

namespace Stork.Durable.Consumers;

/// <summary>
/// Acknowledgements that came before their namespace was joined. A client that reconnects sends the answer of a handler that has just finished on whatever
/// connection it has, also ahead of CONNECT; only then is known whose it is. The owner guards it with a lock.
/// </summary>
internal sealed class HeldAcks
{
    public const int MaxPackets = 64;
    public const int MaxBytes = 64 * 1024;

    private readonly List<Packet> _packets = [];
    private long _bytes;

    /// <summary>Keeps a packet that shares no buffer with others; false if there are too many.</summary>
    public bool TryAdd(in Packet packet)
    {
        long bytes = packet.Payload.Length;
        foreach (var attachment in packet.Attachments) bytes += attachment.Length;
        if (_packets.Count == MaxPackets || _bytes + bytes > MaxBytes) return false;
        _packets.Add(packet);
        _bytes += bytes;
        return true;
    }

    /// <summary>Takes out what is for one namespace, in the order it came.</summary>
    public List<Packet> Take(ReadOnlySpan<byte> nsp)
    {
        var taken = new List<Packet>();
        for (var i = 0; i < _packets.Count;)
        {
            if (!_packets[i].Namespace.Span.SequenceEqual(nsp))
            {
                i++;
                continue;
            }

            taken.Add(_packets[i]);
            _bytes -= _packets[i].Payload.Length;
            foreach (var attachment in _packets[i].Attachments) _bytes -= attachment.Length;
            _packets.RemoveAt(i);
        }

        return taken;
    }
}
