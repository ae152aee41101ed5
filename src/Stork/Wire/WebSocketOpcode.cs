namespace Stork.Wire;

/// <summary>The four-bit opcode of a frame (RFC 6455, 5.2). Every other value is reserved.</summary>
internal enum WebSocketOpcode : byte
{
    Continuation = 0,
    Text = 1,
    Binary = 2,
    Close = 8,
    Ping = 9,
    Pong = 10,
}
