using System.Runtime.CompilerServices;
using Stork.Wire;

namespace Stork.EngineIO.WebSockets.Compression;

/// <summary>
/// Makes compressed packets of those a connection sends, as agreed upon with its client: each message that is long enough, text and
/// attachments alike.
/// </summary>
/// <remarks>
/// Without context takeover, what comes of a packet depends on nothing but the packet and the window. Then all connections with that
/// window are sent the same bytes, which are made once. They are kept beside the packet rather than in it: packets of servers that do not
/// compress are no larger for it.
/// </remarks>
internal sealed class PacketCompressor(DeflateAgreement agreement, SocketIOMetrics metrics) : IDisposable
{
    private static readonly ConditionalWeakTable<EncodedPacket, SharedForms> Shared = [];

    private MessageDeflater? _own;

    /// <summary>The packet to send instead of this one, which may be the same. Calls come in the order of sending.</summary>
    public EncodedPacket Compress(EncodedPacket packet)
    {
        if ((packet.Flags & PacketFlags.NoCompression) != 0 || !IsWorthwhile(packet)) return packet;
        return agreement.ServerTakeover
            ? CompressAll(packet)
            : Shared.GetOrAdd(packet, static _ => new SharedForms()).GetOrMake(packet, this, agreement.ServerWindowBits);
    }

    /// <summary>The packet to send instead of one that is being built; null if that may leave as it is.</summary>
    public EncodedPacket? Compress(PacketBuilder packet, PacketFlags flags)
    {
        if ((flags & PacketFlags.NoCompression) != 0) return null;
        var attachments = packet.Attachments;
        var isWorthwhile = IsLongEnough(packet.Payload.Length);
        for (var i = 0; i < attachments.Count && !isWorthwhile; i++) isWorthwhile = IsLongEnough(attachments[i].Length);
        if (!isWorthwhile) return null;

        var first = IsLongEnough(packet.Payload.Length) ? Deflate(packet.Payload, isBinary: false) : null;
        var frames = new EncodedFrame[attachments.Count];
        for (var i = 0; i < frames.Length; i++)
        {
            var attachment = attachments.GetMemory(i);
            frames[i] = IsLongEnough(attachment.Length) && Deflate(attachment, isBinary: true) is { } frame
                ? EncodedFrame.FromDeflated(frame, isBinary: true)
                : EncodedFrame.Binary(attachment.Span);
        }

        return new EncodedPacket(first is null ? packet.ToTextFrame() : EncodedFrame.FromDeflated(first, isBinary: false), frames, flags);
    }

    public void Dispose()
    {
        _own?.Dispose();
        _own = null;
    }

    private bool IsWorthwhile(EncodedPacket packet)
    {
        if (IsLongEnough(packet.First.Payload.Length)) return true;
        foreach (var attachment in packet.Attachments)
        {
            if (IsLongEnough(attachment.Payload.Length)) return true;
        }

        return false;
    }

    private bool IsLongEnough(int length) => length >= agreement.Threshold;

    private EncodedPacket CompressAll(EncodedPacket packet)
    {
        var first = CompressLong(packet.First);
        var attachments = packet.Attachments.Length == 0 ? null : Array.ConvertAll(packet.Attachments, CompressLong);
        return new EncodedPacket(first, attachments, packet.Flags);
    }

    private EncodedFrame CompressLong(EncodedFrame frame) =>
        IsLongEnough(frame.Payload.Length) && Deflate(frame.PayloadMemory, frame.IsBinary) is { } deflated
            ? EncodedFrame.FromDeflated(deflated, frame.IsBinary)
            : frame;

    /// <summary>The compressed frame; null if it had better be sent as it is.</summary>
    private byte[]? Deflate(ReadOnlyMemory<byte> payload, bool isBinary)
    {
        metrics.MessageCompressed();
        if (agreement.ServerTakeover)
        {
            // The client has to see all that later messages may refer to, also what did not get shorter.
            _own ??= new MessageDeflater(agreement.ServerWindowBits, takesOver: true);
            return _own.Deflate(payload, isBinary);
        }

        var frame = MessageDeflater.OfThisThread(agreement.ServerWindowBits).Deflate(payload, isBinary);
        return frame.Length < WebSocketFrame.GetHeaderLength(payload.Length) + payload.Length ? frame : null;
    }

    /// <summary>What has been made of a packet, for each size of a window.</summary>
    private sealed class SharedForms
    {
        private readonly EncodedPacket?[] _forms = new EncodedPacket?[PerMessageDeflateOptions.MostWindowBits + 1];

        public EncodedPacket GetOrMake(EncodedPacket packet, PacketCompressor compressor, int windowBits)
        {
            // Connections whose queues move on at the same time would otherwise each make their own.
            lock (_forms) return _forms[windowBits] ??= compressor.CompressAll(packet);
        }
    }
}
