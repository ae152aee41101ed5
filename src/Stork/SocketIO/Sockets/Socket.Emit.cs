using Stork.Wire;

namespace Stork;

// Sending to this client, and to others as seen from it.
public sealed partial class Socket
{
    /// <summary>Everybody in the namespace except this socket.</summary>
    public BroadcastOperator Broadcast => new(Namespace, BroadcastOptions.All with { Except = [Id] });

    /// <summary>Everybody else on this very server.</summary>
    public BroadcastOperator Local => Broadcast.Local;

    /// <summary>Sends to this client, but only if its connection can take the event now, and nothing is on its way: of several at once, one
    /// is sent. Outside of handlers one a millisecond is.</summary>
    public SocketEmitter Volatile => new(this, PacketFlags.Droppable | PacketFlags.Volatile, timeout: null);

    /// <summary>Everybody else in at least one of the rooms.</summary>
    public BroadcastOperator To(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>The same as <see cref="To"/>.</summary>
    public BroadcastOperator In(params ReadOnlySpan<string> rooms) => Broadcast.To(rooms);

    /// <summary>Everybody else who is in none of the rooms.</summary>
    public BroadcastOperator Except(params ReadOnlySpan<string> rooms) => Broadcast.Except(rooms);

    /// <summary>Whether a polling answer or WebSocket message with the event may be compressed; it may by default.</summary>
    public SocketEmitter Compress(bool compress) =>
        new(this, compress ? PacketFlags.Droppable : PacketFlags.Droppable | PacketFlags.NoCompression, timeout: null);

    /// <summary>How long <see cref="SocketEmitter.EmitWithAckAsync{TReply}(string, object?[])"/> waits. With
    /// <see cref="TimeSpan.Zero"/> the event is sent, and nobody waits for the answer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public SocketEmitter Timeout(TimeSpan timeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        return new(this, PacketFlags.Droppable, timeout);
    }

    /// <summary>Sends an event and waits for the client's answer, as long as the client is connected.</summary>
    /// <typeparam name="TReply">Type of the answer's first argument; <see cref="EventArguments"/> for all of them.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">The arguments. An <c>object[]</c> is the list of them; every other array is one argument.</param>
    /// <exception cref="SocketDisconnectedException">The client left before it answered.</exception>
    /// <exception cref="System.Text.Json.JsonException">The answer does not fit <typeparamref name="TReply"/>.</exception>
    public Task<TReply?> EmitWithAckAsync<TReply>(string name, params object?[] arguments) =>
        Output.EmitWithAck<TReply>(name, new ArgumentList(arguments), PacketFlags.Droppable, timeout: null, CancellationToken.None);

    /// <inheritdoc cref="EmitWithAckAsync{TReply}(string, object?[])"/>
    /// <param name="name">The event's name.</param>
    /// <param name="arguments">All arguments: an <c>object[]</c>, or <c>[first, second]</c>. Every other array is one argument.</param>
    /// <param name="cancellationToken">Gives up the answer; the event has been sent.</param>
    public Task<TReply?> EmitWithAckAsync<TReply>(string name, object?[] arguments, CancellationToken cancellationToken) =>
        Output.EmitWithAck<TReply>(name, new ArgumentList(arguments), PacketFlags.Droppable, timeout: null, cancellationToken);

    private protected override ValueTask Deliver(PacketBuilder packet, string name) =>
        Output.Emit(packet, name, PacketFlags.Droppable, ackId: -1);
}
