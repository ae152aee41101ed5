using Stork.Wire;

namespace Stork.EngineIO.WebSockets;

/// <summary>Writes the frame that ends a connection (RFC 6455, 5.5.1).</summary>
internal static class WebSocketCloseFrame
{
    /// <summary>Room enough for any.</summary>
    public const int MaxLength = WebSocketFrame.ShortHeaderLength + WebSocketFrame.MaxControlPayloadLength;

    /// <summary>
    /// Writes the whole frame and returns its length. <see cref="WebSocketCloseCode.NoStatus"/> writes one without a code;
    /// a reason of more than <see cref="WebSocketClosePayload.MaxReasonLength"/> bytes is cut at a character's end.
    /// </summary>
    public static int Write(Span<byte> destination, WebSocketCloseCode code, ReadOnlySpan<char> reason = default)
    {
        var payloadLength = WebSocketClosePayload.Write(destination[WebSocketFrame.ShortHeaderLength..], code, reason);
        return WebSocketFrame.WriteHeader(destination, WebSocketOpcode.Close, payloadLength) + payloadLength;
    }
}
