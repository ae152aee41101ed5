using Stork.Wire;

namespace Stork.EngineIO.WebSockets;

/// <summary>A whole message or a control frame, as <see cref="WebSocketMessageReader"/> hands it out.</summary>
internal readonly struct WebSocketMessage(WebSocketOpcode opcode, ReadOnlyMemory<byte> payload)
{
    /// <summary>Text, Binary, Close, Ping or Pong; never Continuation.</summary>
    public WebSocketOpcode Opcode { get; } = opcode;

    /// <summary>Unmasked and contiguous; valid UTF-8 when it is text. The bytes are the reader's and last until its next call.</summary>
    public ReadOnlyMemory<byte> Payload { get; } = payload;

    /// <summary>The code of a close frame, <see cref="WebSocketCloseCode.NoStatus"/> when it has none.</summary>
    public WebSocketCloseCode CloseCode => WebSocketClosePayload.ReadCode(Payload.Span);

    /// <summary>The reason in a close frame, empty when it has none.</summary>
    public string CloseReason => WebSocketClosePayload.ReadReason(Payload.Span);
}
