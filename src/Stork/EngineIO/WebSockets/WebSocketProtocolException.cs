namespace Stork.EngineIO.WebSockets;

/// <summary>The peer broke RFC 6455 or a limit of ours; <see cref="CloseCode"/> is what to tell it in the close frame.</summary>
internal sealed class WebSocketProtocolException(WebSocketCloseCode closeCode, string message) : Exception(message)
{
    public WebSocketCloseCode CloseCode { get; } = closeCode;
}
