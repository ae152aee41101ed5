using System.Buffers;
using System.Buffers.Text;

namespace Stork.Protocol;

/// <summary>
/// Reads Engine.IO v4 packets that come one per frame, as over WebSocket: <c>&lt;digit&gt;&lt;payload&gt;</c> in a text frame, a message's
/// bare bytes in a binary one.
/// </summary>
public static class EnginePacketReader
{
    private const byte Base64Mark = (byte)'b';

    /// <summary>
    /// Reads a text frame. Besides the seven types it may be <c>b</c> and base64, a binary message: clients with <c>forceBase64</c> send
    /// that over WebSocket too.
    /// </summary>
    /// <param name="frame">The content of the frame, already known to be UTF-8. It must stay unchanged while the packet is in use.</param>
    /// <returns>The packet; its payload is a slice of <paramref name="frame"/> unless it came as base64.</returns>
    /// <exception cref="ProtocolException">The frame is empty, its type is unknown, or its base64 is malformed.</exception>
    public static EnginePacket ReadText(ReadOnlyMemory<byte> frame)
    {
        if (frame.IsEmpty)
            ProtocolException.Throw(ProtocolError.EmptyPacket);

        var first = frame.Span[0];
        var type = (uint)(first - '0');
        if (type <= (uint)EnginePacketType.Noop)
            return new EnginePacket((EnginePacketType)type, isBinary: false, frame[1..]);

        if (first != Base64Mark)
            ProtocolException.Throw(ProtocolError.UnknownPacketType);
        return ReadBinary(DecodeBase64(frame.Span[1..]));
    }

    /// <summary>Reads a binary frame, which is always a message.</summary>
    /// <param name="frame">The content of the frame; may be empty. It must stay unchanged while the packet is in use.</param>
    /// <returns>The packet; its payload is <paramref name="frame"/>.</returns>
    public static EnginePacket ReadBinary(ReadOnlyMemory<byte> frame) => new(EnginePacketType.Message, isBinary: true, frame);

    // White space is skipped, for the Java client breaks its base64 into lines. All else is strict, padding included.
    private static ReadOnlyMemory<byte> DecodeBase64(ReadOnlySpan<byte> text)
    {
        var data = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (Base64.DecodeFromUtf8(text, data, out _, out var written) != OperationStatus.Done)
            ProtocolException.Throw(ProtocolError.InvalidBase64);
        return data.AsMemory(0, written);
    }
}
