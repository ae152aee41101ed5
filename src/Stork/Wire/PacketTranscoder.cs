using System.Buffers;

namespace Stork.Wire;

/// <summary>Between the format of a server's clients and that of all packets within the server (<see cref="JsonTextCodec"/>).</summary>
internal sealed class PacketTranscoder(PacketParser parser)
{
    /// <summary>A thread does not keep a buffer larger than this after a large packet.</summary>
    private const int KeptBufferSize = 64 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _bufferOfThread;

    /// <summary>A packet of this server, for its clients; what is Engine.IO's own stays as it is.</summary>
    public EncodedPacket Encode(EncodedPacket packet)
    {
        if (!packet.IsText) return packet;
        var batch = OutputBatch.Current;
        if (batch?.Transcoded.Find(packet) is { } known) return known;
        ReadOnlyMemory<byte>[] attachments = [.. packet.Attachments.Select(static attachment => attachment.PayloadMemory)];
        var encoded = Encode(JsonTextCodec.ReadParts(packet.First.PayloadMemory, attachments), packet.Flags);
        batch?.Transcoded.Add(packet, encoded);
        return encoded;
    }

    /// <summary>A packet for one client.</summary>
    public EncodedPacket Encode(PacketBuilder packet, PacketFlags flags) => Encode(packet.ToParts(), flags);

    /// <summary>Reads what a client sent.</summary>
    /// <exception cref="ProtocolException">It breaks the rules.</exception>
    public Packet Decode(in EnginePacket message, ProtocolLimits limits)
    {
        if (message.IsBinary != parser.IsBinary)
            throw new ProtocolException(message.IsBinary ? ProtocolError.UnexpectedBinary : ProtocolError.UnexpectedText);
        if (message.Payload.Length > limits.MaxPacketSize) throw new ProtocolException(ProtocolError.TooLarge);
        return parser.Read(message.Payload, limits);
    }

    private EncodedPacket Encode(in Packet packet, PacketFlags flags)
    {
        // A parser that emits something itself finds none here, and makes one.
        var buffer = _bufferOfThread ?? new ArrayBufferWriter<byte>(1024);
        _bufferOfThread = null;
        parser.Write(buffer, packet);
        var frame = parser.IsBinary
            ? EncodedFrame.Binary(buffer.WrittenSpan)
            : EncodedFrame.Text(EnginePacketType.Message, buffer.WrittenSpan);
        if (buffer.Capacity <= KeptBufferSize)
        {
            buffer.ResetWrittenCount();
            _bufferOfThread = buffer;
        }

        return new EncodedPacket(frame, attachments: null, flags);
    }
}
