using Stork.Wire;

namespace Stork;

/// <summary>A socket with flags for the next emits: volatile, not compressed, a timeout. Immutable.</summary>
public sealed class SocketEmitter : Emitter
{
    private readonly Socket _socket;
    private readonly PacketFlags _flags;
    private readonly TimeSpan? _timeout;

    internal SocketEmitter(Socket socket, PacketFlags flags, TimeSpan? timeout)
    {
        _socket = socket;
        _flags = flags;
        _timeout = timeout;
    }

    /// <inheritdoc cref="Socket.Volatile"/>
    public SocketEmitter Volatile => new(_socket, _flags | PacketFlags.Volatile, _timeout);

    private protected override SocketIOServer Owner => _socket.Server;

    private protected override int NamespaceLength => _socket.Namespace.Utf8Name.Length;

    /// <inheritdoc cref="Socket.Compress"/>
    public SocketEmitter Compress(bool compress) =>
        new(_socket, compress ? _flags & ~PacketFlags.NoCompression : _flags | PacketFlags.NoCompression, _timeout);

    /// <inheritdoc cref="Socket.Timeout"/>
    public SocketEmitter Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return new(_socket, _flags, timeout);
    }

    /// <summary>Sends an event and waits for the client's answer, as long as the timeout says and the client is connected.</summary>
    /// <typeparam name="TReply">Type of the answer's first argument; <see cref="EventArguments"/> for all of them.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <exception cref="AcknowledgementTimeoutException">The answer did not come in time.</exception>
    /// <exception cref="SocketDisconnectedException">The client left before it answered.</exception>
    /// <exception cref="System.Text.Json.JsonException">The answer does not fit <typeparamref name="TReply"/>.</exception>
    public Task<TReply?> EmitWithAckAsync<TReply>(string name, params object?[] arguments) =>
        EmitWithAckAsync<TReply>(name, arguments, CancellationToken.None);

    /// <inheritdoc cref="EmitWithAckAsync{TReply}(string, object?[])"/>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">All arguments: an <c>object[]</c>, or <c>[first, second]</c>. Every other array is one argument.</param>
    /// <param name="cancellationToken">Gives up the answer; the event has been sent.</param>
    public Task<TReply?> EmitWithAckAsync<TReply>(string name, object?[] arguments, CancellationToken cancellationToken) =>
        _socket.Output.EmitWithAck<TReply>(name, new ArgumentList(arguments), _flags, _timeout, cancellationToken);

    private protected override ValueTask Deliver(PacketBuilder packet, string name) => _socket.Output.Emit(packet, name, _flags, ackId: -1);
}
